package dataverse_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestDefinitionsDescribeTables(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	one := r.row("EntityDefinitions(LogicalName='connector')?$select=PrimaryIdAttribute,LogicalCollectionName,LogicalName")
	if one["PrimaryIdAttribute"] != "connectorid" || one["LogicalCollectionName"] != "connectors" || len(one) != 5 {
		t.Error(one)
	}
	if again := r.row("EntityDefinitions(" + server.Text(one, "MetadataId") + ")"); again["LogicalName"] != "connector" || again["OwnershipType"] != "UserOwned" {
		t.Error(again)
	}
	found := r.rows(v + "EntityDefinitions?$select=LogicalName&$filter=" + url.QueryEscape("LogicalCollectionName eq 'environmentvariablevalues'"))
	if names(found, "LogicalName") != "environmentvariablevalue" {
		t.Error(found)
	}
	const makers = "(IsIntersect eq false and IsLogicalEntity eq false and\nPrimaryNameAttribute ne null and PrimaryNameAttribute ne '' and ObjectTypeCode gt 0) and " +
		"(IsCustomizable/Value eq true or IsCustomEntity eq true or IsManaged eq false)"
	own := r.rows(v + "EntityDefinitions?$select=LogicalName,IsCustomizable,ObjectTypeCode&$filter=" + url.QueryEscape(makers))
	if all := names(own, "LogicalName"); !strings.Contains(all, "team") || strings.Contains(all, "publisher") {
		t.Errorf("tables of makers: %s", all)
	}
	if value, _ := server.Lookup(own[0], "IsCustomizable.Value"); value != true || own[0]["ObjectTypeCode"] == nil {
		t.Error(own[0])
	}
	attributes := r.rows(v + "EntityDefinitions(LogicalName='connector')/Attributes?$select=LogicalName,MaxLength&$filter=" + url.QueryEscape("LogicalName eq 'openapidefinition'"))
	if len(attributes) != 1 || attributes[0]["MaxLength"] != 1e6 {
		t.Error(attributes)
	}
	for _, bad := range []string{"EntityDefinitions(LogicalName='unicorn')", "EntityDefinitions?$expand=Unicorns", "EntityDefinitions?$select=Unicorns"} {
		status := 400
		if strings.Contains(bad, "(") {
			status = 404
		}
		r.get(v+bad, status, "0x80060888")
	}
	r.get(v+"EntityDefinitions(LogicalName='connector')/Unicorns", 404, "0x8006088a")
	r.get(v+"EntityDefinitions(LogicalName='connector')/Attributes/x", 404, "0x8006088a")
}

func TestDefinitionsShowRelationships(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	row := r.row("EntityDefinitions(LogicalName='environmentvariabledefinition')?$select=LogicalName&$expand=" + url.QueryEscape(
		"OneToManyRelationships($select=SchemaName,ReferencingEntity,ReferencingEntityNavigationPropertyName;$filter=ReferencingEntity eq 'environmentvariablevalue'),ManyToOneRelationships,Keys"))
	list, _ := row["OneToManyRelationships"].([]any)
	if len(list) != 1 {
		t.Fatal(row)
	}
	if one, _ := list[0].(doc); one["SchemaName"] != "environmentvariabledefinition_environmentvariablevalue" || one["ReferencingEntityNavigationPropertyName"] != "EnvironmentVariableDefinitionId" {
		t.Error(one)
	}
	if keys, _ := row["Keys"].([]any); len(keys) != 1 {
		t.Error(row["Keys"])
	}
	if owners, _ := row["ManyToOneRelationships"].([]any); len(owners) < 5 {
		t.Error(owners)
	}
	many := r.rows(v + "EntityDefinitions(LogicalName='systemuser')/ManyToManyRelationships")
	if names(many, "SchemaName") != "systemuserroles_association teammembership_association" {
		t.Error(many)
	}
}

func TestOrganizationDescribesItself(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	got := r.row("RetrieveCurrentOrganization(AccessType=@p1)?@p1=Microsoft.Dynamics.CRM.EndpointAccessType'Default'")
	if server.Text(got, "Detail.TenantId") != r.tenant.ID || server.Text(got, "Detail.EnvironmentId") != r.environment() || server.Text(got, "Detail.UrlName") != "sales" || server.Text(got, "Detail.Geo") == "" {
		t.Error(got)
	}
	r.get(v+"RetrieveCurrentOrganization(AccessType=@p1)", 400, "0x80060888")
	r.get(v+"RetrieveCurrentOrganization(AccessType=)", 400, "0x80060888")
	r.send("POST", "PublishXml", nil, doc{"ParameterXml": "<importexportxml><entities/></importexportxml>"}, 204, "")
	r.send("POST", "PublishXml", nil, doc{"ParameterXml": "x"}, 400, "0x80040203")
	r.send("POST", "PublishAllXml", nil, nil, 204, "")
	r.send("POST", "Unpublish", nil, nil, 404, "0x8006088a")
}

func TestSeedsFillTables(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	seed := func(item doc) error {
		return r.platform.Seed(server.Seed{Tenants: []server.TenantSeed{{ID: r.tenant.ID, Items: map[string][]doc{"dataverse_rows": {item}}}}})
	}
	const id = "88888888-8888-4888-8888-888888888888"
	good := []doc{
		{"environment": "sales", "table": definitions, "row": doc{"environmentvariabledefinitionid": id, "schemaname": "con_a", "type": 100000005, "createdon": "2020-01-02T03:04:05Z"}},
		{"environment": r.environment(), "table": "environmentvariablevalue", "row": doc{"_environmentvariabledefinitionid_value": id, "value": secret}},
		{"environment": "sales", "table": "connector", "row": connectorBody(nil)},
		{"environment": "sales", "table": "asyncoperation", "row": doc{"name": "Import", "completedon": "2020-01-02T03:04:05Z"}},
	}
	for _, item := range good {
		if err := seed(item); err != nil {
			t.Error(err)
		}
	}
	if row := r.row(definitions + "(" + id + ")"); row["createdon"] != "2020-01-02T03:04:05Z" {
		t.Error(row)
	}
	if row := r.query(values)[0]; row["value"] != secret || row["_environmentvariabledefinitionid_value"] != id {
		t.Error(row)
	}
	if row := r.query("connectors")[0]; !strings.HasPrefix(server.Text(row, "connectorinternalid"), "shared_") {
		t.Error(row)
	}
	for want, item := range map[string]doc{
		"unknown key":                     {"environment": "sales", "table": "connector", "colour": "red"},
		"no environment":                  {"environment": "nowhere", "table": "connector"},
		"unknown table":                   {"environment": "sales", "table": "unicorn"},
		"does not exist on type":          {"environment": "sales", "table": "publisher", "row": doc{"colour": "red"}},
		"cannot be NULL":                  {"environment": "sales", "table": "publisher", "row": doc{}},
		"it cannot be in the solution":    {"environment": "sales", "table": "connector", "row": connectorBody(nil), "solutions": []any{"nothing"}},
		"A record with matching key":      {"environment": "sales", "table": "environmentvariabledefinition", "row": doc{"schemaname": "con_a"}},
		"does not match a valid secret r": {"environment": "sales", "table": "environmentvariabledefinition", "row": doc{"schemaname": "con_b", "type": 100000005, "defaultvalue": "plain"}},
	} {
		if err := seed(item); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if got := collectionLen(t, r, "connectors"); got != 1 {
		t.Errorf("a refused seed left %d connectors", got)
	}
}
