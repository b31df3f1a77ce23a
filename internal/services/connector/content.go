package connector

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-jsontypes/jsontypes"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/openapi"
)

// content is what both kinds of connectors are made of.
type content struct {
	DisplayName     types.String    `tfsdk:"display_name"`
	Description     types.String    `tfsdk:"description"`
	Definition      definition      `tfsdk:"openapi_definition"`
	Host            types.String    `tfsdk:"host"`
	BaseURL         types.String    `tfsdk:"base_url"`
	Icon            types.String    `tfsdk:"icon"`
	IconBrandColor  types.String    `tfsdk:"icon_brand_color"`
	Authentication  *authentication `tfsdk:"authentication"`
	Authentications []named         `tfsdk:"authentications"`
	Policies        []policy        `tfsdk:"policies"`
	CustomCode      types.String    `tfsdk:"custom_code"`
	Capabilities    types.Set       `tfsdk:"capabilities"`
}

// policy changes requests or answers on their way.
type policy struct {
	TemplateID types.String         `tfsdk:"template_id"`
	Title      types.String         `tfsdk:"title"`
	Parameters jsontypes.Normalized `tfsdk:"parameters"`
}

var (
	atDefinition      = path.Root("openapi_definition")
	atHost            = path.Root("host")
	atBaseURL         = path.Root("base_url")
	atAuthentication  = path.Root("authentication")
	atAuthentications = path.Root("authentications")
)

func entityAt(p path.Path, format string, args ...any) error { return entity.Atf(p, format, args...) }

// compose is the definition as the platform gets it: host, base URL and security in it.
func (c *content) compose() (*openapi.Definition, error) {
	d, err := openapi.Parse(c.Definition.ValueString())
	if err != nil {
		return nil, entity.At(atDefinition, err)
	}
	if host := c.Host.ValueString(); host != d.Host() {
		d = d.WithHost(host)
	}
	if base := c.BaseURL.ValueString(); base != d.BasePath() {
		d = d.WithBasePath(base)
	}
	return c.secure(d), nil
}

// secure adds a security definition for the first authentication to an API that has none.
func (c *content) secure(d *openapi.Definition) *openapi.Definition {
	if len(d.Security().Schemes) > 0 {
		return d
	}
	first := c.Authentication
	if choices := c.choices(); len(choices) > 0 {
		first = &choices[0].authentication
	}
	if first == nil {
		return d
	}
	if s := first.scheme(d); s.Type != "" {
		return d.WithSecurity(s)
	}
	return d
}

// composed is whether c and another one come to the same definition.
func (c *content) composed(other *content) bool {
	one, err := c.compose()
	two, err2 := other.compose()
	return err == nil && err2 == nil && openapi.Equal(one, two)
}

// define takes over the definition that the platform shows. The author's text stays as long as it comes to the same;
// where only host or base URL differ, they do. What is no definition, as other tools may have left it, shows in a plan; an
// empty one is returned for it.
func (c *content) define(shown string) *openapi.Definition {
	d, err := openapi.Parse(shown)
	if err != nil {
		c.Definition, c.Host, c.BaseURL = definitionValue(shown), types.StringNull(), types.StringNull()
		return nothing
	}
	mine, err := c.compose()
	if err != nil || !openapi.Equal(mine.WithHost(d.Host()).WithBasePath(d.BasePath()), d.WithBasePath(d.BasePath())) {
		c.Definition = definitionValue(shown)
	}
	c.Host, c.BaseURL = field.OrNull(d.Host()), types.StringValue(d.BasePath())
	return d
}

// nothing is a definition without anything in it.
var nothing, _ = openapi.Parse(`{"swagger":"2.0"}`)

// policies is the JSON of the policies, "" if there are none.
func (c *content) policies() string {
	if len(c.Policies) == 0 {
		return ""
	}
	all := make([]object, len(c.Policies))
	for i, p := range c.Policies {
		all[i] = object{"templateId": p.TemplateID.ValueString(), "title": p.Title.ValueString(), "parameters": parametersOf(p.Parameters.ValueString())}
	}
	return encoded(all)
}

// parametersOf reads the parameters of a policy; none are an empty object.
func parametersOf(text string) any {
	if o := decoded(text); o != nil {
		return o
	}
	return object{}
}

// showPolicies takes over the policies that the platform shows, as JSON.
func (c *content) showPolicies(shown string) {
	var all []object
	_ = json.Unmarshal([]byte(shown), &all) // null, or nothing, is none
	out := make([]policy, len(all))
	for i, p := range all {
		out[i] = policy{valueAt(p, "templateId"), valueAt(p, "title"), jsontypes.NewNormalizedValue(encoded(lookup(p, "parameters")))}
	}
	if mine := (&content{Policies: out}); mine.policies() == c.policies() {
		return
	}
	c.Policies = out
}

// capabilities are the words for the options of the column, in the order of their values.
var capabilities = []string{"composite", "tabular", "blob", "gateway", "cloud", "actions"}

// chosen are the capabilities in the order of the platform.
func (c *content) chosen() []string {
	mine := field.Strings(c.Capabilities)
	return slices.DeleteFunc(slices.Clone(capabilities), func(name string) bool { return !slices.Contains(mine, name) })
}

// iconBytes is the icon and its media type.
func (c *content) iconBytes() ([]byte, string, error) {
	raw, err := base64.StdEncoding.DecodeString(c.Icon.ValueString())
	switch {
	case err != nil:
		return nil, "", entityAt(path.Root("icon"), "this is no Base64 text; read the file with filebase64()")
	case len(raw) > maxIcon:
		return nil, "", entityAt(path.Root("icon"), "the icon has %d bytes; the platform takes %d", len(raw), maxIcon)
	case len(raw) > 3 && raw[0] == 0xff && raw[1] == 0xd8:
		return raw, "image/jpeg", nil
	case len(raw) > 8 && string(raw[1:4]) == "PNG":
		return raw, "image/png", nil
	}
	return nil, "", entityAt(path.Root("icon"), "the icon is neither a PNG nor a JPEG file")
}

// maxIcon is documented for the column iconblob and, as 1 MB, for connectors: the smaller one counts.
// https://learn.microsoft.com/connectors/custom-connectors/define-blank
const maxIcon = 1 << 20

// maxCode is what the column for code takes. Scripts can have 1 MB elsewhere.
const maxCode = 500_000

var brand = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// validate checks a configuration, in which values may be unknown, by itself. References to environment variables are for
// solution-aware connectors.
func (c *content) validate(variables bool) error {
	var all []error
	if field.Given(c.Icon) {
		_, _, err := c.iconBytes()
		all = append(all, err)
	}
	all = append(all, c.validateAuthentications(variables))
	if variables {
		for _, v := range []struct {
			at    path.Path
			value types.String
		}{{atHost, c.Host}, {atBaseURL, c.BaseURL}} {
			if _, _, err := openapi.ParseReference(v.value.ValueString()); err != nil {
				all = append(all, entity.At(v.at, err))
			}
		}
	}
	if c.Definition.IsUnknown() || c.Definition.IsNull() {
		return errors.Join(all...)
	}
	d, err := c.compose()
	if err != nil {
		return errors.Join(append(all, err)...)
	}
	for _, f := range openapi.Errors(openapi.Check(d, openapi.Options{References: variables})) {
		all = append(all, entityAt(c.blame(f), "%s", finding(f)))
	}
	if own, err := openapi.Parse(c.Definition.ValueString()); err == nil {
		all = append(all, c.Authentication.agrees(own, atAuthentication))
	}
	return errors.Join(all...)
}

// finding is a finding as diagnostics say it.
func finding(f openapi.Finding) string {
	if f.Path == "" {
		return f.Rule + ": " + f.Message
	}
	return f.Rule + " at " + f.Path + ": " + f.Message
}

// blame is the attribute that a finding is about.
func (c *content) blame(f openapi.Finding) path.Path {
	switch {
	case f.Path == "host" && field.Given(c.Host):
		return atHost
	case f.Path == "basePath" && field.Given(c.BaseURL):
		return atBaseURL
	}
	return atDefinition
}

// validateAuthentications checks that each is exactly one, and the references in it.
func (c *content) validateAuthentications(variables bool) error {
	var all []error
	if (c.Authentication == nil) == (c.Authentications == nil) {
		all = append(all, entityAt(atAuthentication, "give either authentication or authentications; { none = true } is for an API that lets everybody in"))
	}
	if c.Authentication != nil {
		all = append(all, c.Authentication.validate(atAuthentication, variables))
	}
	seen := map[string]bool{}
	for i := range c.Authentications {
		n, at := &c.Authentications[i], atAuthentications.AtListIndex(i)
		name := n.Name.ValueString()
		switch {
		case name == entraSet:
			all = append(all, entityAt(at.AtName("name"), "%s is kept for authentication.oauth2_entra_id; choose another one", entraSet))
		case name != "" && seen[name]:
			all = append(all, entityAt(at.AtName("name"), "%s is the name of another authentication too", name))
		}
		seen[name] = true
		all = append(all, n.validate(at, variables))
	}
	return errors.Join(all...)
}

func (a *authentication) validate(at path.Path, variables bool) error {
	n := 0
	for _, m := range a.members() {
		if m.set {
			n++
		}
	}
	if n != 1 {
		return entityAt(at, "choose exactly one of none, api_key, basic, oauth2_generic, oauth2_entra_id; there are %d", n)
	}
	var all []error
	for _, v := range a.texts() {
		_, is, err := openapi.ParseReference(v.value.ValueString())
		switch p := a.at(at).AtName(v.name); {
		case is && !variables:
			all = append(all, entity.At(p, errNoVariables))
		case err != nil:
			all = append(all, entity.At(p, err))
		}
	}
	return errors.Join(all...)
}

var errNoVariables = errors.New("the platform puts the values of environment variables into solution-aware connectors only: here the text would stay as it is. " +
	"Use powerplatform_custom_connector, or give the value itself")

type namedText struct {
	name  string
	value types.String
}

// texts are the texts of an authentication that can be references.
func (a *authentication) texts() []namedText {
	c := a.client()
	if c == nil {
		return nil
	}
	all := []namedText{{"client_id", c.ID}, {"client_secret", c.Secret}}
	for _, e := range c.Scopes.Elements() {
		if s, ok := e.(types.String); ok {
			all = append(all, namedText{"scopes", s})
		}
	}
	if o := a.OAuth2; o != nil {
		return append(all, namedText{"authorization_url", o.AuthorizationURL}, namedText{"token_url", o.TokenURL}, namedText{"refresh_url", o.RefreshURL})
	}
	return append(all, namedText{"tenant_id", a.Entra.TenantID}, namedText{"resource", a.Entra.Resource}, namedText{"login_url", a.Entra.LoginURL})
}

// findings lists what the plan should mention of a definition that is new: what breaks no rule but is likely a mistake.
func (c *content) findings(variables bool) []string {
	d, err := c.compose()
	if err != nil {
		return nil
	}
	var out []string
	for _, f := range openapi.Check(d, openapi.Options{References: variables}) {
		if f.Severity == openapi.Warning {
			out = append(out, finding(f))
		}
	}
	if c.Authentication != nil && c.Authentication.None.ValueBool() {
		if first := d.Security().First(); first != nil {
			out = append(out, fmt.Sprintf("securityDefinitions.%s: the API asks for authentication, but authentication is { none = true }", first.Name))
		}
	}
	return out
}
