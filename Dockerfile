# The container image. It has not been built where this was written, because no container engine runs there; what its steps do
# stands in scripts/image/, and the test `image` runs the one that lays out the files.
#
#   docker build -t jieda .
#   docker run -p 8080:8080 -v jieda-data:/var/lib/jieda jieda demo

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN sh scripts/image/build.sh
RUN sh scripts/image/assemble.sh /image

FROM debian:bookworm-slim
RUN groupadd --system --gid 10001 jieda \
 && useradd --system --uid 10001 --gid jieda --home-dir /var/lib/jieda --no-create-home --shell /usr/sbin/nologin jieda
COPY --from=build /image/ /
RUN chown jieda:jieda /var/lib/jieda

# Sample articles and models are found in the working directory; everything that changes lies in the volume.
WORKDIR /opt/jieda
ENV JIEDA_SERVER__BIND=0.0.0.0:8080 \
    JIEDA_SERVER__DATA_DIR=/var/lib/jieda
USER jieda
VOLUME /var/lib/jieda
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["jieda", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["jieda"]
CMD ["serve"]
