// A Terraform provider that knows a schema and nothing else: the one that lies beside it, in the form of
// `terraform providers schema -json`.
//
// With it the real Terraform holds a configuration against the real provider's schema, offline: by `validate`, and by
// `test` with mock providers. It reaches no API, and refuses to be configured.
package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

func main() {
	program, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(program), "schema.json"))
	if err != nil {
		log.Fatal(err)
	}
	var file struct {
		// One provider, by its address.
		Providers map[string]providerSchema `json:"provider_schemas"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		log.Fatalf("schema.json: %v", err)
	}
	for address, schema := range file.Providers {
		serve := func() tfprotov6.ProviderServer { return &server{schema: schema} }
		if err := tf6server.Serve(address, serve); err != nil {
			log.Fatal(err)
		}
	}
}
