# Passerelle in a container: docs/operations.md says how to run it.
#
#   docker build -t passerelle .
#   docker build -t passerelle --build-arg PIP_EXTRA_INDEX_URL=... .     where pip finds a CPU build of torch, to download 2 GB less

FROM python:3.11-slim AS build
ARG PIP_EXTRA_INDEX_URL
ARG PIP_FIND_LINKS
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/opt/passerelle/venv/bin:$PATH
RUN python -m venv /opt/passerelle/venv
COPY requirements.lock /source/
RUN pip install --quiet --requirement /source/requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE /source/
COPY search /source/search
COPY indexer /source/indexer
COPY service /source/service
RUN pip install --quiet --no-deps --no-build-isolation /source
# The encoder, ready to run: neither indexing nor serving goes out to the network, or needs what converted it.
RUN python -c "from pathlib import Path; from indexer.encoder import DEFAULT_ENCODER, prepare; prepare(DEFAULT_ENCODER, Path('/opt/passerelle/cache'))" \
    && pip freeze --exclude passerelle \
    | grep -iE '^(torch|triton|nvidia-|cuda-|transformers|sentence-transformers|onnx|sympy|networkx)' \
    | sed 's/[=@ ].*//' | xargs pip uninstall --quiet --yes

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin passerelle \
    && install --directory --owner=passerelle --group=passerelle /srv/passerelle /srv/passerelle/store
COPY --from=build /opt/passerelle/venv /opt/passerelle/venv
COPY --from=build --chown=passerelle:passerelle /opt/passerelle/cache /opt/passerelle/cache
ENV PATH=/opt/passerelle/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PASSERELLE_CACHE=/opt/passerelle/cache \
    PASSERELLE_HOST=0.0.0.0 \
    PASSERELLE_LOG=json \
    PASSERELLE_STORE=/srv/passerelle/store \
    PASSERELLE_WAIT=1
USER passerelle
WORKDIR /srv/passerelle
VOLUME /srv/passerelle/store
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('PASSERELLE_PORT', '8000') + '/healthz', timeout=4)"]
ENTRYPOINT ["passerelle"]
CMD ["serve"]
