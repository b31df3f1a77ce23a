package dataverse_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func TestDefinitionsDescribeTables(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	one := r.row("EntityDefinitions(LogicalName='connector')?$select=PrimaryIdAttribute,LogicalCollectionName,LogicalName").Has(doc{
		"PrimaryIdAttribute": "connectorid", "LogicalCollectionName": "connectors", "#": 5,
	})
	r.row("EntityDefinitions(" + one.Text("MetadataId") + ")").Has(doc{"LogicalName": "connector", "OwnershipType": "UserOwned"})
	r.row("EntityDefinitions?$select=LogicalName&$filter=" + url.QueryEscape("LogicalCollectionName eq 'environmentvariablevalues'")).Has(doc{
		"value.#.LogicalName": []string{"environmentvariablevalue"},
	})
	const makers = "(IsIntersect eq false and IsLogicalEntity eq false and\nPrimaryNameAttribute ne null and PrimaryNameAttribute ne '' and ObjectTypeCode gt 0) and " +
		"(IsCustomizable/Value eq true or IsCustomEntity eq true or IsManaged eq false)"
	own := r.rows("EntityDefinitions?$select=LogicalName,IsCustomizable,ObjectTypeCode&$filter=" + url.QueryEscape(makers))
	if all := names(own, "LogicalName"); !strings.Contains(all, "team") || strings.Contains(all, "publisher") {
		t.Errorf("tables of makers: %s", all)
	}
	mocktest.Has(t, own[0], doc{"IsCustomizable.Value": true, "ObjectTypeCode": mocktest.Some})
	r.row("EntityDefinitions(LogicalName='connector')/Attributes?$select=LogicalName,MaxLength&$filter=" + url.QueryEscape("LogicalName eq 'openapidefinition'")).Has(doc{
		"value.#": 1, "value.0.MaxLength": 1000000,
	})
	for _, bad := range []string{"EntityDefinitions(LogicalName='unicorn')", "EntityDefinitions?$expand=Unicorns", "EntityDefinitions?$select=Unicorns"} {
		status := 400
		if strings.Contains(bad, "(") {
			status = 404
		}
		r.Send("GET", bad, nil).Want(status, "0x80060888")
	}
	r.Send("GET", "EntityDefinitions(LogicalName='connector')/Unicorns", nil).Want(404, "0x8006088a")
	r.Send("GET", "EntityDefinitions(LogicalName='connector')/Attributes/x", nil).Want(404, "0x8006088a")
}

func TestDefinitionsShowRelationships(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	row := r.row("EntityDefinitions(LogicalName='environmentvariabledefinition')?$select=LogicalName&$expand=" + url.QueryEscape(
		"OneToManyRelationships($select=SchemaName,ReferencingEntity,ReferencingEntityNavigationPropertyName;"+
			"$filter=ReferencingEntity eq 'environmentvariablevalue'),ManyToOneRelationships,Keys"))
	row.Has(doc{
		"OneToManyRelationships.#": 1, "OneToManyRelationships.0.SchemaName": "environmentvariabledefinition_environmentvariablevalue",
		"OneToManyRelationships.0.ReferencingEntityNavigationPropertyName": "EnvironmentVariableDefinitionId", "Keys.#": 1,
	})
	if owners := row.List("ManyToOneRelationships"); len(owners) < 5 {
		t.Error(owners)
	}
	r.row("EntityDefinitions(LogicalName='systemuser')/ManyToManyRelationships").Has(doc{
		"value.#.SchemaName": []string{"systemuserroles_association", "teammembership_association"},
	})
}

func TestOrganizationDescribesItself(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.row("RetrieveCurrentOrganization(AccessType=@p1)?@p1=Microsoft.Dynamics.CRM.EndpointAccessType'Default'").Has(doc{
		"Detail.TenantId": r.ID, "Detail.EnvironmentId": r.environment(), "Detail.UrlName": "sales", "Detail.Geo": mocktest.Some,
	})
	r.Send("GET", "RetrieveCurrentOrganization(AccessType=@p1)", nil).Want(400, "0x80060888")
	r.Send("GET", "RetrieveCurrentOrganization(AccessType=)", nil).Want(400, "0x80060888")
	r.Send("POST", "PublishXml", doc{"ParameterXml": "<importexportxml><entities/></importexportxml>"}).Want(204)
	r.Send("POST", "PublishXml", doc{"ParameterXml": "x"}).Want(400, "0x80040203")
	r.Send("POST", "PublishAllXml", nil).Want(204)
	r.Send("POST", "Unpublish", nil).Want(404, "0x8006088a")
}

func TestSeedsFillTables(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	seed := func(item doc) error {
		return r.Platform().Seed(server.Seed{Tenants: []server.TenantSeed{{ID: r.ID, Items: map[string][]doc{"dataverse_rows": {item}}}}})
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
	r.row(definitions + "(" + id + ")").Has(doc{"createdon": "2020-01-02T03:04:05Z"})
	mocktest.Has(t, r.query(values)[0], doc{"value": secret, "_environmentvariabledefinitionid_value": id})
	mocktest.Has(t, r.query("connectors")[0], doc{"connectorinternalid": mocktest.Like("shared_*")})
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
	if got := r.Count("dataverse." + "connectors"); got != 1 {
		t.Errorf("a refused seed left %d connectors", got)
	}
}
