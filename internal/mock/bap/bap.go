// Package bap mirrors the Business Application Platform, the administration API of the platform: tenants, locations,
// environments with their whole life, management applications. It also owns what the neighbouring families share: the
// table of clouds, the environments and their Dataverse organizations.
package bap

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// Doc is a JSON object as it goes over the wire.
type Doc = server.Doc

// Names of the collections of a tenant that this family keeps; stale overlays (server.Lag) and tests use them.
const (
	// Environments holds the full record of every environment by its name.
	Environments = "environments"
	// Organizations holds what is behind linkedEnvironmentMetadata, by the name of the environment.
	Organizations = "organizations"
	// EnvironmentGroups holds groups of environments by ID.
	EnvironmentGroups = "environment_groups"
	// RuleAssignments holds which rule-based policies are assigned to what, by "policy/resource", with the members that the
	// governance API shows.
	RuleAssignments = "rule_based_policy_assignments"
	// AdminApplications holds what was said of management applications through the API, by client ID.
	AdminApplications = "admin_applications"
	// BillingPolicies holds billing policies by ID. Package licensing fills it; environments show what it says.
	BillingPolicies = "billing_policies"

	active  = "active_operations"    // the operation that runs on an environment, by the environment's name
	deleted = "deleted_environments" // names of environments that are gone
)

const prefix = "/providers/Microsoft.BusinessAppPlatform"

// Switches of a tenant, all off by default. They stand for facts that are not confirmed and for states of a tenant that
// a test wants to see.
const (
	// SwitchPageSize is the number of environments, or of environment groups, on a page of their list; "" lists all on one
	// page.
	SwitchPageSize = "bap.page_size"
	// SwitchCreateAnswer "201" makes a create end at once, with the environment as its body; else 202 and an operation.
	SwitchCreateAnswer = "bap.create_answer"
	// SwitchAIAnswer "202" makes a change of nothing but generative-AI settings an operation; else 204.
	SwitchAIAnswer = "bap.ai_answer"
	// SwitchAIRules "off" accepts any combination of generative-AI settings outside the EU boundary rule.
	SwitchAIRules = "bap.ai_rules"
	// SwitchAzureRegion names the region that new environments land in, whatever was asked for.
	SwitchAzureRegion = "bap.azure_region"
	// SwitchMacroLocation names the location that the service picks for a macro region.
	SwitchMacroLocation = "bap.macro_location"
	// SwitchOmitMacroRegion "on" leaves macroRegion out of environments, as a record was suspected to.
	SwitchOmitMacroRegion = "bap.omit_macro_region"
	// SwitchRequireSecurityGroup "on" refuses an environment with Dataverse, of a type other than Developer, that has
	// no security group.
	SwitchRequireSecurityGroup = "bap.require_security_group"
	// SwitchDeveloperPrincipal "refuse" lets no service principal create Developer environments.
	SwitchDeveloperPrincipal = "bap.developer_service_principal"
	// SwitchCapacity "none" refuses new environments for want of database capacity.
	SwitchCapacity = "bap.capacity"
	// SwitchDynamics "on" gives the tenant licences for the templates of Dynamics 365.
	SwitchDynamics = "bap.dynamics_licences"
	// SwitchDeleteConflict "body" gives the 409 of a delete during an operation a body; the platform sends none.
	SwitchDeleteConflict = "bap.delete_conflict"
	// SwitchEarlyMetadata "on" shows linkedEnvironmentMetadata (instanceState Provisioning) while Dataverse is made.
	SwitchEarlyMetadata = "bap.early_metadata"
	// SwitchGovernanceAnswer "204" makes governance configurations end at once; else only those that change nothing.
	SwitchGovernanceAnswer = "bap.governance_answer"
	// SwitchGovernanceMerge "on" keeps the settings of a managed environment that a request leaves out; else they get
	// their defaults.
	SwitchGovernanceMerge = "bap.governance_merge"
	// SwitchGovernanceRetired names settings that the platform no longer knows, separated by commas.
	SwitchGovernanceRetired = "bap.governance_retired"
	// SwitchGovernanceDatabase "required" refuses to manage an environment without Dataverse.
	SwitchGovernanceDatabase = "bap.governance_database"
	// SwitchPoliciesExpand "always" shows the linked enterprise policies of environments on every read; else on demand.
	SwitchPoliciesExpand = "bap.policies_expand"
	// SwitchLinkHeader names the header that holds the poll URL of a link: "Location" or "none", else Operation-Location.
	SwitchLinkHeader = "bap.link_header"
	// SwitchLinkWords are the link statuses while a link and while an unlink runs, "Linking,Unlinking" by default.
	SwitchLinkWords = "bap.link_words"
	// SwitchSwapRecord "new" shows the new policy as soon as a swap begins; else the old one until it ends.
	SwitchSwapRecord = "bap.swap_record"
	// SwitchKeyManagedBy is keyManagedBy of an environment that is encrypted with a customer's key, "Customer" by default.
	SwitchKeyManagedBy = "bap.key_managed_by"
	// SwitchLocationMismatch "operation" lets the operation fail that links a policy of another location; else 400.
	SwitchLocationMismatch = "bap.location_mismatch"
	// SwitchProtectionKeys "missing" takes the permission to link from every caller.
	SwitchProtectionKeys = "bap.protection_keys"
	// SwitchPolicyClusters "any" lets environments of different clusters share a network policy.
	SwitchPolicyClusters = "bap.policy_clusters"
	// SwitchUnlinkNothing "accept" makes an unlink of what is not linked an operation that succeeds; else 400.
	SwitchUnlinkNothing = "bap.unlink_nothing"
	// SwitchUnlinkOther "accept" ignores which policy an unlink names; else another one than the linked one is a 400.
	SwitchUnlinkOther = "bap.unlink_other"
	// SwitchManagedPolicies names the kinds of policies, separated by commas, that only managed environments can be linked
	// to; "NetworkInjection" by default.
	SwitchManagedPolicies = "bap.managed_policies"
	// SwitchLinkEnforcement "strict" makes lifecycleOperationsEnforcement of networks and identities follow what is linked:
	// no second New, no Swap or Revert of nothing; else the record allows all three.
	SwitchLinkEnforcement = "bap.link_enforcement"
	// SwitchUngovernLinked "accept" lets an environment that is linked to a network policy stop being managed; else 400.
	SwitchUngovernLinked = "bap.ungovern_linked"
	// SwitchGroupMembers "managed" refuses unmanaged environments in a group, as the platform's own route for members does;
	// whether a change of the environment itself is refused too is not confirmed.
	SwitchGroupMembers = "bap.group_members"
	// SwitchGraceCalls is how many calls a new organization refuses because it does not know the caller yet.
	SwitchGraceCalls = "dataverse.grace_calls"
)

// Register adds the routes and seeds of this family to the hosts of every cloud.
func Register(p *server.Platform) {
	for domain, cloud := range Hosts(func(c Cloud) string { return c.BAP }) {
		for _, host := range []string{domain, "*." + domain} {
			p.Audience(host, cloud.Audience, cloud.Audience+"/")
			p.Challenge(host, Challenge)
			p.Versions(host, unversioned)
			absent(p, host)
			r := newRouter(p, host, cloud)
			r.tenant()
			r.settings()
			r.environments()
			r.makers()
			r.governance()
			groups.On(r.Router)
			r.enterprisePolicies()
		}
		newRouter(p, "*."+domain, cloud).operations()
	}
	p.Remember(deleted, released)
	effects(p)
	facts(p)
	seeders(p)
}

// router adds the routes of one host, for registered management applications.
type router struct {
	server.Router
	cloud Cloud
}

func newRouter(p *server.Platform, host string, cloud Cloud) router {
	around := func(h server.Handler) server.Handler {
		return func(c *server.Call) server.Reply {
			defaultEnvironment(cloud, c.Tenant)
			sweep(c.Tenant)
			if reply, ok := refuseStranger(c); ok {
				return reply
			}
			return h(c)
		}
	}
	return router{server.Router{Platform: p, Host: host, Path: prefix, Operation: "bap.", Around: around}, cloud}
}

// call is a request together with the cloud whose host it came to.
type call struct {
	*server.Call
	cloud Cloud
}

// route adds an operation.
func (r router) route(method, path, operation string, h func(c call) server.Reply) {
	r.Route(method, path, operation, func(c *server.Call) server.Reply { return h(call{c, r.cloud}) })
}

// refuse is an error in the platform's envelope.
func refuse(status int, code, format string, args ...any) server.Reply {
	return server.JSON(status, Doc{"error": Doc{
		"code": code, "message": fmt.Sprintf(format, args...), "detailUrlType": "NotSpecified",
	}})
}

func bad(code, format string, args ...any) server.Reply {
	return refuse(http.StatusBadRequest, code, format, args...)
}

// pace is how long the platform asks a caller to wait between two looks at an operation, in seconds.
const pace = 10

// encryptionPace is pace for operations that encrypt an environment: they take hours. Assumed.
const encryptionPace = 60

// soon tells a caller when to look again. While an operation runs the mirror says it on reads and conflicts as well:
// that moves the virtual clock of a tenant, so a caller who watches the environment instead of the operation ends too.
func soon(r server.Reply) server.Reply { return later(r, pace) }

func later(r server.Reply, seconds int) server.Reply {
	return r.With("Retry-After", strconv.Itoa(seconds))
}
