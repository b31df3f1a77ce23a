package dataverse

import (
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Where the facts of this family come from.
const (
	developer = "https://learn.microsoft.com/power-apps/developer/data-platform/"
	webapi    = developer + "webapi/"
	calls     = webapi + "reference/"
	peer      = "https://github.com/microsoft/terraform-provider-power-platform"
)

// facts tells what the operations of this family rest on, and which ones are missing.
func facts(p *server.Platform) {
	documented := func(page string) server.Fact {
		return server.Fact{Source: page, Confidence: server.Documented}
	}
	known := server.Facts{
		"*":                                      documented(webapi + "overview"),
		"unknown":                                documented(webapi + "compose-http-requests-handle-errors"),
		"batch":                                  {Source: webapi + "execute-batch-operations-using-web-api", Confidence: server.Documented, Content: []string{"*"}},
		"*.list":                                 documented(webapi + "query/overview"),
		"*.get":                                  documented(webapi + "retrieve-entity-using-web-api"),
		"*.create":                               documented(webapi + "create-entity-web-api"),
		"*.update":                               documented(webapi + "update-delete-entities-using-web-api"),
		"*.delete":                               documented(webapi + "update-delete-entities-using-web-api"),
		"*.refused":                              documented(webapi + "compose-http-requests-handle-errors"),
		"*.property":                             documented(webapi + "retrieve-entity-using-web-api"),
		"*.set *.associate *.disassociate":       documented(webapi + "associate-disassociate-entities-using-web-api"),
		"entitydefinitions":                      documented(webapi + "query-metadata-web-api"),
		"retrieveenvironmentvariablesecretvalue": documented("https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables-azure-key-vault-secrets"),
		"solutions.stage solutions.import* organizationsettings.*": {Source: peer, Confidence: server.Observed},
	}
	for _, name := range []string{
		"whoami", "retrievecurrentorganization", "retrieveenvironmentvariablevalue", "retrievedependenciesfordelete", "retrievesharedprincipalsandaccess",
		"addsolutioncomponent", "removesolutioncomponent", "publishxml", "publishallxml", "grantaccess", "modifyaccess", "revokeaccess",
	} {
		known[name] = documented(calls + name)
	}
	p.Know("dataverse.", known)
	const base = "/api/data/{version}/"
	for _, host := range bap.DynamicsHosts() {
		p.Lack(host, "dataverse.", server.Missing{
			"organizationsettings.list": "GET " + base + "RetrieveSettingList()",
			"organizationsettings.save": "POST " + base + "SaveSettingValue()",
			"solutions.stage":           "POST " + base + "StageSolution",
			"solutions.import":          "POST " + base + "ImportSolutionAsync",
			"solutions.importupgrade":   "POST " + base + "StageAndUpgradeAsync",
			"solutions.importresult":    "GET " + base + "RetrieveSolutionImportResult({arguments})",
		})
	}
}
