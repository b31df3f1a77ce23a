package dataverse

// The relationships between any number of rows on both sides.
var manyToMany = []many{
	{"systemuserroles_association", "systemuser", "role"},
	{"teamroles_association", "team", "role"},
	{"teammembership_association", "team", "systemuser"},
}

var (
	storages = []option{{0, "Azure Key Vault"}, {1, "Microsoft Dataverse"}}
	types    = []option{
		{typeString, "String"}, {typeNumber, "Number"}, {typeBoolean, "Boolean"}, {typeJSON, "JSON"}, {typeSource, "Data Source"}, {typeSecret, "Secret"},
	}
	capabilities = []option{
		{118690000, "Composite"}, {118690001, "Tabular"}, {118690002, "Blob"}, {118690003, "Gateway"}, {118690004, "Cloud"}, {118690005, "Actions"},
	}
)

// The types of environment variables.
const (
	typeString = 100000000 + iota
	typeNumber
	typeBoolean
	typeJSON
	typeSource
	typeSecret
)

// The types of solution components. The type of connection references is one of those that differ from organization to
// organization.
const (
	componentRole       = 20
	componentConnector  = 372
	componentDefinition = 380
	componentValue      = 381
	componentReference  = 10132
)

// catalogue is the metadata of all tables:
// https://learn.microsoft.com/power-apps/developer/data-platform/reference/about-entity-reference
var catalogue = []table{
	{
		name: "organization", set: "organizations", id: "organizationid", primary: "name", label: "Organization", computed: true, fixed: true,
		columns: []column{
			{name: "name", kind: text},
			{name: "friendlyname", kind: text},
			{name: "languagecode", kind: whole},
			{name: "basecurrencysymbol", kind: text},
			{name: "isdisabled", kind: boolean},
		},
		lookups: []lookup{{name: "basecurrencyid", nav: "basecurrencyid", targets: []string{"transactioncurrency"}}},
	},
	{
		name: "transactioncurrency", set: "transactioncurrencies", id: "transactioncurrencyid", primary: "currencyname", label: "Currency", computed: true, fixed: true,
		columns: []column{
			{name: "isocurrencycode", kind: text},
			{name: "currencyname", kind: text},
			{name: "currencysymbol", kind: text},
			{name: "currencyprecision", kind: whole},
			{name: "exchangerate", kind: decimal},
			{name: "statecode", kind: choice},
			{name: "statuscode", kind: choice},
		},
	},
	{
		name: "solutioncomponentdefinition", set: "solutioncomponentdefinitions", id: "solutioncomponentdefinitionid", primary: "name", label: "Solution Component Definition", computed: true, fixed: true,
		columns: []column{
			{name: "name", kind: text}, {name: "primaryentityname", kind: text}, {name: "solutioncomponenttype", kind: whole},
		},
	},
	{
		name: "businessunit", set: "businessunits", id: "businessunitid", primary: "name", label: "Business Unit", stateless: true,
		columns: []column{
			{name: "name", kind: text, max: 160, access: both | required},
			{name: "description", kind: memo, max: 2000, access: both},
			{name: "isdisabled", kind: boolean, access: update, fallback: false},
		},
		lookups: []lookup{
			{name: "parentbusinessunitid", nav: "parentbusinessunitid", targets: []string{"businessunit"}, relationship: "business_unit_parent_business_unit", access: both, fate: restricted},
		},
	},
	{
		name: "role", set: "roles", id: "roleid", primary: "name", label: "Security Role", component: componentRole, aware: true, stateless: true,
		columns: []column{{name: "name", kind: text, max: 100, access: both | required}, {name: "description", kind: memo, max: 2000, access: both}},
		lookups: []lookup{
			{name: "businessunitid", nav: "businessunitid", targets: []string{"businessunit"}, relationship: "business_unit_roles", access: create | required, fate: restricted},
		},
	},
	{
		name: "systemuser", set: "systemusers", id: "systemuserid", primary: "fullname", label: "User", stateless: true,
		columns: []column{
			{name: "fullname", kind: text, max: 200},
			{name: "firstname", kind: text, max: 256, access: both},
			{name: "lastname", kind: text, max: 256, access: both},
			{name: "domainname", kind: text, max: 1024, access: both},
			{name: "internalemailaddress", kind: text, max: 100, access: both},
			{name: "applicationid", kind: guid, access: both},
			{name: "azureactivedirectoryobjectid", kind: guid, access: both},
			{name: "accessmode", kind: choice, access: both, fallback: 0, options: []option{{0, "Read-Write"}, {1, "Administrative"}, {2, "Read"}, {3, "Support User"}, {4, "Non-interactive"}, {5, "Delegated Admin"}}},
			{name: "isdisabled", kind: boolean, access: both, fallback: false},
			{name: "deletedstate", kind: choice, fallback: 0, options: []option{{0, "Not deleted"}, {1, "Soft deleted"}}},
		},
		lookups: []lookup{
			{name: "businessunitid", nav: "businessunitid", targets: []string{"businessunit"}, relationship: "business_unit_system_users", access: both | required, fate: restricted},
		},
	},
	{
		name: "team", set: "teams", id: "teamid", primary: "name", label: "Team", stateless: true,
		columns: []column{
			{name: "name", kind: text, max: 160, access: both | required},
			{name: "description", kind: memo, max: 2000, access: both},
			{name: "teamtype", kind: choice, access: create, fallback: 0, options: []option{{0, "Owner"}, {1, "Access"}, {2, "Security Group"}, {3, "Office Group"}}},
			{name: "isdefault", kind: boolean, fallback: false},
			{name: "azureactivedirectoryobjectid", kind: guid, access: create},
		},
		lookups: []lookup{
			{name: "businessunitid", nav: "businessunitid", targets: []string{"businessunit"}, relationship: "business_unit_teams", access: create | required, fate: restricted},
			{name: "administratorid", nav: "administratorid", targets: []string{"systemuser"}, access: both},
		},
	},
	{
		name: "publisher", set: "publishers", id: "publisherid", primary: "friendlyname", label: "Publisher", stateless: true,
		columns: append(addresses(), []column{
			{name: "uniquename", kind: text, max: 256, access: create | required},
			{name: "friendlyname", kind: text, max: 256, access: both | required},
			{name: "customizationprefix", kind: text, max: 8, access: both | required},
			{name: "customizationoptionvalueprefix", kind: whole, access: both | required},
			{name: "description", kind: memo, max: 2000, access: both},
			{name: "emailaddress", kind: text, max: 100, access: both},
			{name: "supportingwebsiteurl", kind: text, max: 200, access: both},
			{name: "isreadonly", kind: boolean, fallback: false},
		}...),
	},
	{
		name: "solution", set: "solutions", id: "solutionid", primary: "friendlyname", label: "Solution", stateless: true,
		columns: []column{
			{name: "uniquename", kind: text, max: 65, access: create | required},
			{name: "friendlyname", kind: text, max: 256, access: both | required},
			{name: "version", kind: text, max: 256, access: both | required, fallback: "1.0.0.0"},
			{name: "description", kind: memo, max: 2000, access: both},
			{name: "ismanaged", kind: boolean, fallback: false},
			{name: "isvisible", kind: boolean, fallback: true},
			{name: "installedon", kind: moment},
			{name: "updatedon", kind: moment},
			{name: "solutionpackageversion", kind: text, max: 256},
		},
		lookups: []lookup{
			{name: "publisherid", nav: "publisherid", targets: []string{"publisher"}, relationship: "publisher_solution", access: both | required, fate: restricted},
		},
	},
	{
		name: "solutioncomponent", set: "solutioncomponents", id: "solutioncomponentid", primary: "solutioncomponentid", label: "Solution Component", stateless: true, fixed: true,
		columns: []column{
			{name: "objectid", kind: guid},
			{name: "componenttype", kind: whole},
			{name: "rootcomponentbehavior", kind: whole, fallback: 0},
			{name: "ismetadata", kind: boolean, fallback: false},
		},
		lookups: []lookup{{name: "solutionid", nav: "solutionid", targets: []string{"solution"}, relationship: "solution_solutioncomponent", fate: deleted}},
	},
	{
		name: "msdyn_solutioncomponentsummary", set: "msdyn_solutioncomponentsummaries", id: "msdyn_solutioncomponentsummaryid", primary: "msdyn_name", label: "Solution Component Summary", computed: true, fixed: true,
		columns: []column{
			{name: "msdyn_name", kind: text},
			{name: "msdyn_displayname", kind: text},
			{name: "msdyn_componentlogicalname", kind: text},
			{name: "msdyn_componenttype", kind: whole},
			{name: "msdyn_objectid", kind: guid},
			{name: "msdyn_solutionid", kind: guid},
		},
	},
	{
		name: "dependency", set: "dependencies", id: "dependencyid", primary: "dependencyid", label: "Dependency", stateless: true, fixed: true,
		columns: []column{
			{name: "dependentcomponentobjectid", kind: guid},
			{name: "dependentcomponenttype", kind: whole},
			{name: "requiredcomponentobjectid", kind: guid},
			{name: "requiredcomponenttype", kind: whole},
			{name: "dependencytype", kind: whole, fallback: 2},
		},
	},
	{
		name: "asyncoperation", set: "asyncoperations", id: "asyncoperationid", primary: "name", label: "System Job", owned: true, stateless: true, fixed: true,
		columns: []column{
			{name: "name", kind: text, max: 256},
			{name: "operationtype", kind: whole},
			{name: "startedon", kind: moment},
			{name: "completedon", kind: moment},
			{name: "message", kind: memo},
			{name: "friendlymessage", kind: memo},
			{name: "errorcode", kind: whole},
			{name: "statecode", kind: choice, fallback: 0, options: []option{{0, "Ready"}, {1, "Suspended"}, {2, "Locked"}, {3, "Completed"}}},
			{name: "statuscode", kind: choice, fallback: 0, options: []option{{0, "Waiting For Resources"}, {10, "Waiting"}, {20, "In Progress"}, {30, "Succeeded"}, {31, "Failed"}, {32, "Canceled"}}},
		},
	},
	{
		name: "environmentvariabledefinition", set: "environmentvariabledefinitions", id: "environmentvariabledefinitionid", primary: "schemaname",
		label: "Environment Variable Definition", component: componentDefinition, owned: true, aware: true, keys: [][]string{{"schemaname"}},
		columns: []column{
			{name: "schemaname", kind: text, max: 100, access: create | required},
			{name: "displayname", kind: text, max: 100, access: both},
			{name: "description", kind: memo, max: 2000, access: both},
			{name: "defaultvalue", kind: memo, max: 2000, access: both},
			{name: "type", kind: choice, access: both | required, options: types, fallback: typeString},
			{name: "secretstore", kind: choice, access: create, options: storages, fallback: 0},
			{name: "isrequired", kind: boolean, access: both, fallback: false},
			{name: "valueschema", kind: memo, max: 2000, access: both},
			{name: "hint", kind: memo, max: 2000, access: both},
			{name: "apiid", kind: text, max: 150, access: both},
			{name: "parameterkey", kind: text, max: 150, access: both},
			{name: "inputcontrolconfig", kind: memo, max: 10000, access: both},
			{name: "learnmoreurl", kind: text, max: 2000, access: both},
		},
		lookups: []lookup{
			{name: "parentdefinitionid", nav: "ParentDefinitionId", targets: []string{"environmentvariabledefinition"}, relationship: "envdefinition_envdefinition", access: both},
			{name: "connectionreferenceid", nav: "ConnectionReferenceId", targets: []string{"connectionreference"}, relationship: "connectionreference_environmentvariabledefinition", access: both},
		},
	},
	{
		name: "environmentvariablevalue", set: "environmentvariablevalues", id: "environmentvariablevalueid", primary: "schemaname",
		label: "Environment Variable Value", component: componentValue, owned: true, aware: true,
		columns: []column{
			{name: "schemaname", kind: text, max: 100, access: both}, {name: "value", kind: memo, max: 2000, access: both},
		},
		lookups: []lookup{{
			name: "environmentvariabledefinitionid", nav: "EnvironmentVariableDefinitionId", targets: []string{"environmentvariabledefinition"},
			relationship: "environmentvariabledefinition_environmentvariablevalue", access: both | required, fate: deleted,
		}},
	},
	{
		name: "connectionreference", set: "connectionreferences", id: "connectionreferenceid", primary: "connectionreferencedisplayname",
		label: "Connection Reference", component: componentReference, owned: true, aware: true, keys: [][]string{{"connectionreferencelogicalname"}},
		columns: []column{
			{name: "connectionreferencelogicalname", kind: text, max: 100, access: create | required},
			{name: "connectionreferencedisplayname", kind: text, max: 100, access: both},
			{name: "description", kind: memo, max: 2000, access: both},
			{name: "connectorid", kind: text, max: 100, access: both},
			{name: "connectionid", kind: text, max: 500, access: both},
			{name: "connectionparametersconfig", kind: memo, max: 5000, access: both},
			{name: "connectionparametersetconfig", kind: memo, max: 5000, access: both},
		},
		lookups: []lookup{
			{name: "customconnectorid", nav: "CustomConnectorId", targets: []string{"connector"}, relationship: "connector_connectionreference", access: both},
		},
	},
	{
		name: "connector", set: "connectors", id: "connectorid", primary: "name", label: "Connector", component: componentConnector, owned: true, aware: true,
		columns: []column{
			{name: "name", kind: text, max: 500, access: create | required},
			{name: "displayname", kind: text, max: 200, access: both | required},
			{name: "description", kind: text, max: 1000, access: both},
			{name: "connectortype", kind: choice, access: both | required, options: []option{{0, "NotSpecified"}, {1, "CustomConnector"}, {2, "ConnectionLess"}}},
			{name: "openapidefinition", kind: memo, max: 1_000_000, access: both | required},
			{name: "connectionparameters", kind: memo, max: 500_000, access: both},
			{name: "connectionparametersets", kind: memo, max: 500_000, access: both},
			{name: "policytemplateinstances", kind: memo, max: 500_000, access: both},
			{name: "scriptoperations", kind: memo, max: 500_000, access: both},
			{name: "customcodeblobcontent", kind: memo, max: 500_000, access: both},
			{name: "capabilities", kind: choices, access: both, options: capabilities},
			{name: "interfaces", kind: text, max: 4000, access: both},
			{name: "iconblob", kind: image, access: update},
			{name: "iconblobid", kind: guid},
			{name: "iconblob_timestamp", kind: decimal},
			{name: "iconblob_url", kind: text},
			{name: "iconbrandcolor", kind: text, max: 100, access: both, fallback: "#007ee5"},
			{name: "connectorinternalid", kind: text, max: 400, access: both},
		},
	},
}
