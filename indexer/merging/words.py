"""What is known of words in names of organisations: legal forms, words that many share, places with two names.

Written without accents; looked up as `folding.folded` writes words.
"""

from .folding import folded

__all__ = ["COUNTRY_WORDS", "GENERIC", "LEGAL_FORMS", "LEGAL_PHRASES", "NUMERALS", "PAGE_HOSTS", "PHRASES", "PLACES", "SMALL_WORDS", "UNITS"]  # fmt: skip

LEGAL_FORMS = frozenset(
    folded("""
    sa sas sasu sarl eurl snc sci scop scic scea gie sca scm selarl selas
    gmbh ggmbh mbh gesmbh ag kg kgaa ohg gbr ev eg ug haftungsbeschrankt partg partgmbb ek og kb
    bv bvba nv cv cva cvba vof vzw ivzw asbl aisbl sprl scrl srl srls stichting
    spa sapa scarl scrl sagl snc sl slu sll sau sal aie lda unipessoal crl sgps
    ltd limited plc llp lp cic clg dac ulc uc inc incorporated llc corp corporation co pty pvt
    zoo spzoo oo spj spk ab hb as asa aps amba oy oyj ky ry osk rf
    ae epe ike se doo dd dooel kft zrt nyrt bt sro ead ood eood uab sia ou jsc ooo oao zao pao
    """).split()
)
"""Words that say only how an organisation is incorporated; they count at either end of a name."""

LEGAL_PHRASES = ("sp z oo", "sp z o o", "s a r l", "s a rl", "s p a", "e v", "a e", "b v", "n v", "s l", "s a", "s a s", "d o o", "s r o", "koop e", "a s")  # fmt: skip

SMALL_WORDS = frozenset(
    folded("""
    a al and at au aux d da das de dei del della delle den der des di die do dos du e el en et fur for het il im in
    l la las le les lo los na o of on och og oder op per por pour pro s sur the to u un una und van vom von voor y z zu zum zur
    """).split()
)

_WORDS_BY_MEANING = """
institute: institut instituto istituto instituut inst instytut ustav instituttet institutet
university: universite universitat universita universidad universidade universiteit univ uni uniwersytet universitet universitetet univerzita panepistimio universitatea
fachhochschule: fachhochschule hochschule hogeschool fh
school: ecole escuela scuola scola schule escola skola
college: college collegio colegio kolleg
centre: center zentrum centro centrum ctr kentro centrul
laboratory: lab labs labo labor laboratoire laboratorio laboratori laboratories laboratorium
faculty: faculte fakultat facolta facultad faculdade faculteit fac
department: departement dipartimento departamento dept dpt abteilung afdeling departement
unit: unite unidad unita einheit eenheid
pole: pole polo
group: groupe gruppe gruppo grupo groep grp
team: equipe equipo
foundation: fondation stiftung fondazione fundacion fundacao fondation fundacja
association: asociacion associazione verein vereniging verband forening associacao assoc
society: societe gesellschaft sociedad societa sociedade maatschappij
academy: academie akademie accademia academia akademia
agency: agence agentur agencia agenzia agentschap landesagentur
council: conseil consejo consiglio conselho rat
hospital: hopital krankenhaus ospedale klinikum ziekenhuis clinic clinique clinica
company: compagnie compania compagnia firma entreprise unternehmen empresa impresa azienda bedrijf
holding: holdings
ventures: venture capital
international: internationale international internacional internazionale intl
research: recherche recherches forschung forschungszentrum ricerca ricerche investigacion investigaciones onderzoek investigacao
science: sciences wissenschaft wissenschaften scienze scienza ciencia ciencias wetenschappen nanosciences
technology: technologies technologie technologien tecnologia tecnologie tecnologias tech techno techniques technique technik technics
system: systeme systemes systems systemen sistemi sistema sistemas
solution: solutions losungen soluzioni soluciones
service: services servizi servicios dienste diensten
product: products produits produkte
engineering: ingenierie ingenieurs ingegneria ingenieria engenharia ingenieure engineers
industry: industries industrie industrial industria industriel industrielle industrien
consulting: conseils consultants consultancy beratung consult consulenza
management: management gestion
manufacturing: fabrication fertigung produzione fabricacion production
design: design conception studio
innovation: innovations innovazione innovacion
development: developpement entwicklung sviluppo desarrollo
digital: numerique numeriques digitale digitales digitali
applied: appliquee appliquees angewandte applicata aplicada applique
technical: technische technisch tecnica polytechnic polytechnique politecnico politecnica polytechnisch
national: nationale nationales nazionale nacional nationaal staatlich
european: europeen europeenne europaisch europaische europeo europea europe europa
central: centrale zentral zentrale
general: generale allgemein allgemeine
electronics: electronique elektronik elettronica electronica elektronica electronic electroniques elektrotechnik electrical electriques electrique
microelectronics: microelectronique mikroelektronik microelettronica microelectronica microelectronic
semiconductor: semiconductors semiconducteurs halbleiter semiconduttori semiconductores semi semis semiconducteur halfgeleiders
photonics: photonique photonik fotonica photonic photoniques
optics: optique optik ottica optica optical optiques optisch optische optronics optoelectronics
laser: lasers
light: lumiere licht luce luz lighting eclairage
imaging: imagerie image images bildgebung imagen
vision: visie
sensor: sensors capteur capteurs sensorik sensori sensoren sensores sensing
material: materials materiaux materialien materiali materiales werkstoffe
surface: surfaces
chemistry: chimie chemie chimica quimica chemical chimique chemicals
physics: physique physik fisica natuurkunde physical
mathematics: mathematiques mathematik matematica matematicas
mechanics: mecanique mechanik meccanica mecanica mechanical
mechatronics: mecatronique mechatronik mecatronica mecatronics meccatronica
biology: biologie biologia biological bio biotech biotechnology biotechnologies biotechnologie
medicine: medecine medizin medicina medical medicale medizinisch medico medicaux medizintechnik
health: sante gesundheit salute salud gezondheid healthcare
pharma: pharmaceuticals pharmaceutical therapeutics pharmaceutica
diagnostics: diagnostic diagnostik diagnostica dx
energy: energie energies energia energien energetique
power: powers
electricity: electricite strom elettricita electricidad
environment: environnement umwelt ambiente medio milieu environmental
water: eau wasser acqua agua
robotics: robotique robotik robotica robot robots
automation: automatisation automatisierung automazione automatizacion automatismes
automotive: automobile automobil auto automobiles
mobility: mobilite mobilitat mobilita movilidad
transport: transports trasporti transportes verkehr
space: spatial spaces raumfahrt spazio espacio
aerospace: aeronautique aeronautics luftfahrt aerospatiale aviation
defence: defense difesa
security: securite sicherheit sicurezza seguridad
safety: surete
cyber: cybersecurity cybersecurite
software: logiciel logiciels
data: donnees daten dati datos
compute: computing informatique informatik informatica computer computers calcul
network: reseaux reseau netze reti redes networks netwerk netwerken
wireless: radio
communication: communications telecommunication telecommunications telecom telecoms kommunikation
antenna: antennes antennas antennen antenne
circuit: circuits
device: devices dispositifs
instrument: instruments instrumentation
microsystem: microsystemes microsystems mikrosysteme mikrosystemtechnik microsistemi microsystemen
nano: nanotechnology nanotechnologies nanotechnologie nanoscience
quantum: quantique quanten quantistica cuantica
ai: ki
metrology: metrologie metrologia
test: tests testing essais
process: processes procedes
equipment: equipement equipements ausrustung
tool: tools outils werkzeuge
machine: machines maschinen maschinenbau machinery
motor: motors moteurs motoren motori
drive: drives antriebe
fibre: fiber fibres fibers fibra
cloud: nuage
intelligent: intelligents smart intelligente intelligentes
verification: verifica
simulation: simulations
studio: atelier
textile: textiles
plastic: plastics plastiques
agriculture: agritech agronomie agro
media: medias
analog: analogue analogique
cryptography: crypto cryptographic cryptographique
linguistics: sprach language langue langues
forum: foro
office: ufficio
trust: trusts
advanced: avance avancee
integrated: integre integree integration
global: mondial
new: nouveau nouvelle neue nuovo nuova
city: ville stadt citta ciudad stad commune comune
region: regional regionale regione
public: publique
federal: federale bundes
royal: koninklijke koninklijk
polymer: polymeres
component: components composants
vehicle: vehicules vehicles fahrzeuge
training: formation
education: bildung
economy: economie wirtschaft
trade: handel commerce
logistics: logistique logistik logistica
construction: bau costruzioni
art: arts
social: sociale sociaux
human: humaines humain
food: alimentaire lebensmittel
sport: sports
marine: maritime
structure: structures
"""

GENERIC = {
    folded(word): line.split(":")[0]
    for line in _WORDS_BY_MEANING.strip().splitlines()
    for word in [line.split(":")[0], *line.split(":")[1].split()]
}
"""Words that many organisations share, in several languages, with the English word they stand for."""

PHRASES = (
    ("university of applied sciences", "fachhochschule"),
    ("universite des sciences appliquees", "fachhochschule"),
    ("haute ecole", "fachhochschule"),
)
"""Several words with one meaning, replaced before a name is split."""

NUMERALS = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "xi": "11",
    "xii": "12",
}
"""Roman numbers, as universities of one city bear them."""

_UNITS = """
institute university fachhochschule school college centre laboratory faculty department unit pole team foundation association
society academy agency council hospital holding ventures consulting management research trust forum trade logistics
"""

UNITS = frozenset(_UNITS.split())
"""Words that make another organisation of a name: the laboratory is not its university, the foundation not its company."""

_COUNTRIES = {
    "france": "FR", "deutschland": "DE", "germany": "DE", "allemagne": "DE", "osterreich": "AT", "austria": "AT", "autriche": "AT",
    "schweiz": "CH", "suisse": "CH", "svizzera": "CH", "switzerland": "CH", "belgium": "BE", "belgique": "BE", "belgie": "BE",
    "nederland": "NL", "netherlands": "NL", "holland": "NL", "italia": "IT", "italy": "IT", "italie": "IT", "espana": "ES",
    "spain": "ES", "espagne": "ES", "iberia": "ES", "iberica": "ES", "portugal": "PT", "uk": "GB", "ireland": "IE", "usa": "US",
    "america": "US", "americas": "US", "poland": "PL", "polska": "PL", "pologne": "PL", "sweden": "SE", "sverige": "SE",
    "denmark": "DK", "danmark": "DK", "finland": "FI", "suomi": "FI", "norway": "NO", "norge": "NO", "hellas": "GR", "greece": "GR",
    "luxembourg": "LU", "romania": "RO", "hungary": "HU", "czech": "CZ", "japan": "JP", "china": "CN", "india": "IN",
    "turkiye": "TR", "turkey": "TR", "israel": "IL", "canada": "CA", "brasil": "BR", "mexico": "MX", "asia": "AS", "nordic": "ND",
}  # fmt: skip
COUNTRY_WORDS = {folded(word): country for word, country in _COUNTRIES.items()}
"""Countries and parts of the world in names, with their ISO 3166-1 code (or one of ours)."""

_PLACES = """
brussels bruxelles brussel brussels; ghent gent gand; antwerp antwerpen anvers; liege luik luttich; leuven louvain lowen; mechelen malines
bruges brugge; namur namen; kortrijk courtrai; tournai doornik
hague haag haye; athens athina athenes athen; thessaloniki thessalonique saloniki; patras patra; heraklion irakleio iraklion
milan milano mailand; rome roma rom; turin torino; florence firenze florenz; naples napoli neapel; venice venezia venise venedig; genoa genova genes genua; padua padova padoue; bologna bologne
munich munchen; cologne koln; vienna wien vienne; dresden dresde; leipzig lipsia; nuremberg nurnberg; hanover hannover hanovre; frankfurt francfort; hamburg hambourg; brunswick braunschweig; mainz mayence; regensburg ratisbonne; berlin berlino
geneva geneve genf ginevra; zurich zurigo; basel bale basle; bern berne berna; lucerne luzern; lausanne losanna
lisbon lisboa lisbonne; porto oporto; seville sevilla; saragossa zaragoza saragosse; bilbao bilbo; vitoria gasteiz; mondragon arrasate; pamplona iruna; sebastian donostia; corunna coruna
copenhagen kobenhavn copenhague; gothenburg goteborg; stockholm; helsinki helsingfors; turku abo; malmo
warsaw warszawa varsovie warschau; cracow krakow cracovie krakau; wroclaw breslau; gdansk danzig; poznan posen; lodz; prague praha prag; vienna wien; bucharest bucuresti bucarest; budapest; bratislava pressburg; ljubljana laibach; zagreb agram; sofia sofija; belgrade beograd; moscow moskva moscou; kyiv kiev
london londres londra; edinburgh edimbourg; dublin; lyon lyons; marseilles marseille; strasbourg strassburg; lille rijsel; nice nizza; nicosia lefkosia
biscay bizkaia vizcaya biscaye; basque euskal vasco; bavaria bayern baviere; saxony sachsen saxe; brittany bretagne; burgundy bourgogne; lombardy lombardia lombardie; tuscany toscana; flanders vlaanderen flandre; wallonia wallonie; styria steiermark; carinthia karnten; tyrol tirol; catalonia catalunya cataluna; andalusia andalucia; piedmont piemonte; sicily sicilia; savoy savoie
"""

PLACES = {
    folded(word): group.split()[0]
    for line in _PLACES.strip().splitlines()
    for group in line.split(";")
    for word in group.split()
}
"""Towns and regions by any of their names, with one name for each."""

_PAGE_HOSTS = """
facebook.com linkedin.com instagram.com twitter.com x.com youtube.com youtu.be vimeo.com tiktok.com xing.com medium.com github.com
gitlab.com google.com goo.gl bit.ly linktr.ee wordpress.com wix.com wixsite.com weebly.com jimdo.com jimdofree.com webnode.com
squarespace.com blogspot.com tumblr.com notion.site notion.so carrd.co societe.com pappers.fr northdata.com researchgate.net
crunchbase.com kompass.com europages.com europages.fr yelp.com wikipedia.org cordis.europa.eu europa.eu
"""

PAGE_HOSTS = frozenset(_PAGE_HOSTS.split())
"""Hosts where organisations that have nothing in common keep their pages."""
