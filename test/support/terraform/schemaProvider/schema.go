package main

import (
	"encoding/json"
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What `terraform providers schema -json` says of one provider.
type providerSchema struct {
	Provider    *schema            `json:"provider"`
	Resources   map[string]*schema `json:"resource_schemas"`
	DataSources map[string]*schema `json:"data_source_schemas"`
}

type schema struct {
	Version int64  `json:"version"`
	Block   *block `json:"block"`
}

type block struct {
	Attributes map[string]*attribute   `json:"attributes"`
	Blocks     map[string]*nestedBlock `json:"block_types"`
}

type nestedBlock struct {
	Nesting  string `json:"nesting_mode"`
	Block    *block `json:"block"`
	MinItems int64  `json:"min_items"`
	MaxItems int64  `json:"max_items"`
}

type attribute struct {
	Type   json.RawMessage `json:"type"`
	Nested *struct {
		Attributes map[string]*attribute `json:"attributes"`
		Nesting    string                `json:"nesting_mode"`
	} `json:"nested_type"`
	Required  bool `json:"required"`
	Optional  bool `json:"optional"`
	Computed  bool `json:"computed"`
	Sensitive bool `json:"sensitive"`
}

var attributeNesting = map[string]tfprotov6.SchemaObjectNestingMode{
	"single": tfprotov6.SchemaObjectNestingModeSingle,
	"list":   tfprotov6.SchemaObjectNestingModeList,
	"set":    tfprotov6.SchemaObjectNestingModeSet,
	"map":    tfprotov6.SchemaObjectNestingModeMap,
}

var blockNesting = map[string]tfprotov6.SchemaNestedBlockNestingMode{
	"single": tfprotov6.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov6.SchemaNestedBlockNestingModeList,
	"set":    tfprotov6.SchemaNestedBlockNestingModeSet,
	"map":    tfprotov6.SchemaNestedBlockNestingModeMap,
}

// The schema in the words of the plugin protocol.
func (s *schema) protocol() *tfprotov6.Schema {
	if s == nil {
		return &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}}
	}
	return &tfprotov6.Schema{Version: s.Version, Block: s.Block.protocol()}
}

func protocolOf(schemas map[string]*schema) map[string]*tfprotov6.Schema {
	result := map[string]*tfprotov6.Schema{}
	for name, schema := range schemas {
		result[name] = schema.protocol()
	}
	return result
}

func (b *block) protocol() *tfprotov6.SchemaBlock {
	result := &tfprotov6.SchemaBlock{}
	if b == nil {
		return result
	}
	result.Attributes = attributesOf(b.Attributes)
	for name, nested := range b.Blocks {
		result.BlockTypes = append(result.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name,
			Nesting:  blockNesting[nested.Nesting],
			Block:    nested.Block.protocol(),
			MinItems: nested.MinItems,
			MaxItems: nested.MaxItems,
		})
	}
	return result
}

func attributesOf(attributes map[string]*attribute) []*tfprotov6.SchemaAttribute {
	var result []*tfprotov6.SchemaAttribute
	for name, from := range attributes {
		to := &tfprotov6.SchemaAttribute{
			Name:      name,
			Required:  from.Required,
			Optional:  from.Optional,
			Computed:  from.Computed,
			Sensitive: from.Sensitive,
		}
		if from.Nested != nil {
			to.NestedType = &tfprotov6.SchemaObject{
				Nesting:    attributeNesting[from.Nested.Nesting],
				Attributes: attributesOf(from.Nested.Attributes),
			}
		} else {
			parsed, err := tftypes.ParseJSONType(from.Type) // the only form in which it can be given
			if err != nil {
				log.Fatalf("schema.json: the type of %s: %v", name, err)
			}
			to.Type = parsed
		}
		result = append(result, to)
	}
	return result
}
