package dataverse

// managedProperties are the managed properties of a table:
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/entitymetadata
var managedProperties = []string{
	"IsCustomizable", "IsRenameable", "IsMappable", "CanCreateForms", "CanCreateViews", "CanCreateCharts", "CanCreateAttributes",
	"CanChangeTrackingBeEnabled", "CanModifyAdditionalSettings", "CanChangeHierarchicalRelationship", "CanEnableSyncToExternalSearchIndex",
}

// typeCodes are the object type codes of tables. Those of custom tables differ from organization to organization:
// https://learn.microsoft.com/power-apps/developer/data-platform/reference/about-entity-reference
var typeCodes = map[string]int{
	"organization": 1019, "transactioncurrency": 9105, "solutioncomponentdefinition": 7104, "businessunit": 10, "role": 1036, "systemuser": 8,
	"team": 9, "publisher": 7101, "solution": 7100, "solutioncomponent": 7103, "dependency": 7105, "asyncoperation": 4700,
	"environmentvariabledefinition": 380, "environmentvariablevalue": 381, "connectionreference": 10132, "connector": 372,
	"msdyn_solutioncomponentsummary": 10058,
}

// firstCustomType is the first object type code that custom tables get.
const firstCustomType = 10000

// customizable are the tables that makers may change; that all their managed properties say the same is a simplification.
var customizable = []string{
	"businessunit", "systemuser", "team", "transactioncurrency", "environmentvariabledefinition", "environmentvariablevalue", "connectionreference",
}
