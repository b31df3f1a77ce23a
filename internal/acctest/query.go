package acctest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Listed is an object that a query has found.
type Listed struct {
	Name             string
	Identity, Object Values // Object is empty unless the whole was asked for
}

// Query asks a list resource, as terraform query does, and returns what it has found and what it says.
func (s *Server) Query(
	ctx context.Context, name string, args Values, whole bool, limit int64,
) ([]Listed, []*tfprotov6.Diagnostic) {
	s.w.t.Helper()
	lister, ok := s.ProviderServer.(tfprotov6.ListResourceServer)
	if !ok {
		s.w.t.Fatal("the provider has no list resources")
	}
	config := s.dynamic(s.object(s.schema.ListResourceSchemas[name], args))
	valid, err := lister.ValidateListResourceConfig(ctx,
		&tfprotov6.ValidateListResourceConfigRequest{TypeName: name, Config: config})
	if err != nil {
		s.w.t.Fatal(err)
	}
	s.must(valid.Diagnostics)
	stream, err := lister.ListResource(ctx, &tfprotov6.ListResourceRequest{
		TypeName: name, Config: config, IncludeResource: whole, Limit: limit,
	})
	if err != nil {
		s.w.t.Fatal(err)
	}
	var all []Listed
	var said []*tfprotov6.Diagnostic
	for r := range stream.Results {
		said = append(said, r.Diagnostics...)
		if r.Identity != nil {
			object := s.values(s.schema.ResourceSchemas[name], r.Resource)
			all = append(all, Listed{r.DisplayName, s.identity(ctx, name, r.Identity), object})
		}
	}
	return all, said
}

// Import imports the object with an identity and reads it.
func (s *Server) Import(ctx context.Context, name string, identity Values) (Values, []*tfprotov6.Diagnostic) {
	s.w.t.Helper()
	data := &tfprotov6.ResourceIdentityData{IdentityData: s.dynamic(tftypes.NewValue(s.identityType(ctx, name), identity))}
	imported, err := s.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: name, Identity: data})
	if err != nil {
		s.w.t.Fatal(err)
	}
	s.must(imported.Diagnostics)
	one := imported.ImportedResources[0]
	read, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
	})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return s.values(s.schema.ResourceSchemas[name], read.NewState), read.Diagnostics
}

func (s *Server) identity(ctx context.Context, name string, data *tfprotov6.ResourceIdentityData) Values {
	s.w.t.Helper()
	v, err := data.IdentityData.Unmarshal(s.identityType(ctx, name))
	if err != nil {
		s.w.t.Fatal(err)
	}
	out := Values{}
	if err := v.As(&out); err != nil {
		s.w.t.Fatal(err)
	}
	return out
}

func (s *Server) identityType(ctx context.Context, name string) tftypes.Type {
	s.w.t.Helper()
	all, err := s.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return all.IdentitySchemas[name].ValueType()
}
