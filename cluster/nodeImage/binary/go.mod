// What is required stands in releases/: one file for each minor of Kubernetes, as `go build -modfile` takes it.
module hitcounter.dev/node

go 1.24.0
