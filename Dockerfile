# imbench as a static binary that runs as nobody in particular.
#
#   docker build -t imbench --build-arg VERSION="$(git describe --tags --always)" .
#   docker run --rm --network host -v "$PWD:/work" --user "$(id -u)" imbench run my.yaml -o result.json

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
ARG TARGETOS=linux
ARG TARGETARCH=amd64
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /imbench ./cmd/imbench

# With certificates, time zones and the user nonroot, and without a shell.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /imbench /usr/local/bin/imbench
WORKDIR /work
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/imbench"]
