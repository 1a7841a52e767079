import time, sys, numpy as np, json
from search import open_index
from tests.benchmarks.measure import topics

p = open_index(sys.argv[1], verify=False)
qs = topics(60)
p.search("warm up")
ms = []
for q in qs:
    t = time.time()
    p.search(q)
    ms.append(time.time() - t)
print(np.median(ms) * 1e3)
import cProfile, pstats

pr = cProfile.Profile()
pr.enable()
for q in qs:
    p.search(q)
pr.disable()
pstats.Stats(pr).sort_stats("tottime").print_stats(22)
