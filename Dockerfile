# The explorer and the command line in one image. `docker compose up` runs it beside a Neo4j server; by itself it
# keeps its graph in the embedded database, below /data.
FROM python:3.13-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/iamatlas
ENV PATH=/opt/iamatlas/bin:$PATH

# The packages change less often than the source does: a layer of their own.
COPY requirements.lock .
RUN pip install --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-deps --no-build-isolation .


FROM python:3.13-slim

RUN useradd --system --uid 10001 --home-dir /data --create-home iamatlas
COPY --from=build /opt/iamatlas /opt/iamatlas

# Inside a container the page must answer on the container's own address; what is reachable from outside is what
# gets published. Everywhere else the explorer stays on 127.0.0.1.
ENV PATH=/opt/iamatlas/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    IAMATLAS_HOME=/data \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0

USER iamatlas
WORKDIR /data
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]

ENTRYPOINT ["iamatlas"]
CMD ["explore", "--port", "8501", "--no-browser"]
