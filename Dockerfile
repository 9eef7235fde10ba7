# The two commands of the README, on Debian 12:
#   podman build -t scenes . && podman run --rm -v "$PWD/out:/scenes/reports/practica4/out" scenes
FROM docker.io/library/python:3.12-slim-bookworm
RUN apt-get update -q && apt-get install -yq --no-install-recommends \
      git libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /scenes
COPY . .
RUN python -m pip install --no-cache-dir -e '.[train-cpu]'
ENTRYPOINT ["scenes"]
CMD ["report"]
