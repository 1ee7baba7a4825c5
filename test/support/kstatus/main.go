// Reads objects as JSON and writes what kstatus makes of each, as JSON, one a line.
//
// Flux and kpt tell by kstatus whether an object is as it should be. The tests ask it, instead of repeating its rules.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

func main() {
	decoder, encoder := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var object unstructured.Unstructured
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		verdict, err := status.Compute(&object)
		if err != nil {
			log.Fatal(err)
		}
		if err := encoder.Encode(map[string]string{"status": string(verdict.Status), "message": verdict.Message}); err != nil {
			log.Fatal(err)
		}
	}
}
