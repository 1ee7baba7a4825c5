package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Answers what Terraform asks a provider for `validate`, and for `test` with mock providers. What is not answered here
// is never asked then.
type server struct {
	tfprotov6.ProviderServer
	schema providerSchema
}

func (s *server) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	metadata := &tfprotov6.GetMetadataResponse{ServerCapabilities: &tfprotov6.ServerCapabilities{}}
	for name := range s.schema.Resources {
		metadata.Resources = append(metadata.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	for name := range s.schema.DataSources {
		metadata.DataSources = append(metadata.DataSources, tfprotov6.DataSourceMetadata{TypeName: name})
	}
	return metadata, nil
}

func (s *server) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{},
		Provider:           s.schema.Provider.protocol(),
		ResourceSchemas:    protocolOf(s.schema.Resources),
		DataSourceSchemas:  protocolOf(s.schema.DataSources),
	}, nil
}

func (s *server) GetFunctions(context.Context, *tfprotov6.GetFunctionsRequest) (*tfprotov6.GetFunctionsResponse, error) {
	return &tfprotov6.GetFunctionsResponse{}, nil
}

func (s *server) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (s *server) ValidateProviderConfig(_ context.Context, request *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: request.Config}, nil
}

func (s *server) ValidateResourceConfig(_ context.Context, request *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	found, err := setThoughComputed(s.schema.Resources[request.TypeName], request.Config)
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: found}, err
}

func (s *server) ValidateDataResourceConfig(_ context.Context, request *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	found, err := setThoughComputed(s.schema.DataSources[request.TypeName], request.Config)
	return &tfprotov6.ValidateDataResourceConfigResponse{Diagnostics: found}, err
}

func (s *server) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{Diagnostics: []*tfprotov6.Diagnostic{{
		Severity: tfprotov6.DiagnosticSeverityError,
		Summary:  "This provider only knows its schema",
		Detail:   "It serves `validate`, and `test` with mock_provider; it can reach no API.",
	}}}, nil
}

// Before a mocked resource is read or destroyed, the real provider is asked to bring its state to this version of it.
func (s *server) UpgradeResourceState(_ context.Context, request *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	known, ok := s.schema.Resources[request.TypeName]
	if !ok {
		return nil, fmt.Errorf("there is no resource %s", request.TypeName)
	}
	stateType := known.protocol().ValueType()
	value, err := request.RawState.Unmarshal(stateType)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(stateType, value)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (s *server) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

// Attributes that have a value though only the provider can give them one. Terraform leaves that check to providers.
func setThoughComputed(known *schema, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
	value, err := config.Unmarshal(known.protocol().ValueType())
	if err != nil {
		return nil, err
	}
	return computedIn(known.Block, value, tftypes.NewAttributePath()), nil
}

func computedIn(b *block, value tftypes.Value, path *tftypes.AttributePath) []*tfprotov6.Diagnostic {
	var fields map[string]tftypes.Value
	if b == nil || value.IsNull() || !value.IsKnown() || value.As(&fields) != nil {
		return nil
	}
	var found []*tfprotov6.Diagnostic
	for name, attribute := range b.Attributes {
		if attribute.Computed && !attribute.Optional && !fields[name].IsNull() {
			found = append(found, &tfprotov6.Diagnostic{
				Severity:  tfprotov6.DiagnosticSeverityError,
				Summary:   "Value for unconfigurable attribute",
				Detail:    fmt.Sprintf("Only the provider can set %s.", name),
				Attribute: path.WithAttributeName(name),
			})
		}
	}
	for name, nested := range b.Blocks {
		at := path.WithAttributeName(name)
		var many []tftypes.Value
		if nested.Nesting == "single" || !fields[name].IsKnown() || fields[name].As(&many) != nil {
			found = append(found, computedIn(nested.Block, fields[name], at)...)
			continue
		}
		for index, one := range many {
			found = append(found, computedIn(nested.Block, one, at.WithElementKeyInt(index))...)
		}
	}
	return found
}
