package variable

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/graph"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/field"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// What a check can say.
const (
	passed  = "passed"
	failed  = "failed"
	unknown = "unknown" // the identity of the provider may not look, or nobody can from outside
)

// check is one of the conditions under which the platform takes a reference to a secret.
// https://learn.microsoft.com/troubleshoot/power-platform/dataverse/environment-app-issues/environment-variable-secret-issues
type check struct {
	Name   string `tfsdk:"name"`
	Status string `tfsdk:"status"`
	Detail string `tfsdk:"detail"`
	Remedy string `tfsdk:"remedy"`
}

// report are the checks of one secret in their order.
type report []check

// failures are the checks that found a cause.
func (r report) failures() []check {
	return slices.DeleteFunc(slices.Clone(r), func(c check) bool { return c.Status != failed })
}

// remedy is what puts the failures right, in their order; "" without one.
func (r report) remedy() string {
	var all []string
	for _, c := range r.failures() {
		all = append(all, field.Sentence(c.Detail)+" "+field.Sentence(c.Remedy))
	}
	return strings.Join(all, "\n")
}

// lines list the checks, one in a line, with the remedies of all but the one that was told already.
func (r report) lines(told check) string {
	var b strings.Builder
	for _, c := range r {
		fmt.Fprintf(&b, "\n- %s (%s): %s", c.Name, c.Status, c.Detail)
		if c.Remedy != "" && c != told {
			b.WriteString(". " + c.Remedy)
		}
	}
	return b.String()
}

// Roles that let their holder read secrets: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security
const secretsRole = "Key Vault Secrets User"

var secretsRoles = []string{
	"4633458b-17de-408a-b874-0445c86b69e6", // Key Vault Secrets User
	"b86a8fe4-44ce-4948-aee5-eccb2c155cd7", // Key Vault Secrets Officer
	"00482a5a-887f-4fb3-b363-3b7fe8e74483", // Key Vault Administrator
}

const getSecret = "Microsoft.KeyVault/vaults/secrets/getSecret/action"

// preflight looks at everything that the platform wants of a secret, in the order in which it can be put right.
func preflight(ctx context.Context, c *api.Client, environmentID string, ref reference) report {
	p := &inspection{Client: c, environment: environmentID, ref: ref, uri: "https://" + strings.ToLower(ref.vault) + "." + c.Cloud.KeyVault + "/"}
	p.provider(ctx)
	p.theVault(ctx)
	p.secret(ctx)
	p.callerRole(ctx)
	p.dataverseRole(ctx)
	p.network(ctx)
	return p.report
}

type inspection struct {
	*api.Client
	environment string
	ref         reference
	uri         string     // of the data plane
	vault       *arm.Vault // nil if it could not be read
	report      report
}

func (p *inspection) add(name, status, remedy, detail string, args ...any) {
	p.report = append(p.report, check{name, status, fmt.Sprintf(detail, args...), remedy})
}

func (p *inspection) provider(ctx context.Context) {
	const name = "resource provider"
	remedy := "Add a powerplatform_resource_provider_registration for the subscription, or run: az provider register --namespace Microsoft.PowerPlatform --subscription " + p.ref.subscription
	r, err := p.ARM.Provider(ctx, p.ref.subscription, arm.PowerPlatform)
	switch {
	case err != nil:
		p.add(name, unknown, remedy, "whether %s is registered in the subscription %s cannot be read (%s)", arm.PowerPlatform, p.ref.subscription, brief(err))
	case r.RegistrationState == arm.Registered:
		p.add(name, passed, "", "%s is registered in the subscription %s", arm.PowerPlatform, p.ref.subscription)
	case r.RegistrationState == "Registering":
		p.add(name, unknown, "Apply again when it has", "%s is being registered in the subscription %s, which takes some minutes", arm.PowerPlatform, p.ref.subscription)
	default:
		p.add(name, failed, remedy, "%s is not registered in the subscription %s of the vault (%s)", arm.PowerPlatform, p.ref.subscription, r.RegistrationState)
	}
}

func (p *inspection) theVault(ctx context.Context) {
	const name = "key vault"
	v, err := p.ARM.Vault(ctx, p.ref.vaultID())
	if rest.IsNotFound(err) && !rest.HasCode(err, "SubscriptionNotFound") {
		p.add(name, failed, "Correct the reference, or create the vault", "there is no key vault %s", p.ref.vaultID())
		return
	}
	if err != nil {
		p.add(name, unknown, "", "the key vault %s cannot be read (%s)", p.ref.vault, brief(err))
		return
	}
	p.vault = &v
	tenant, err := p.tenant(ctx)
	switch {
	case err != nil || v.Properties.TenantID == "":
		p.add(name, unknown, "", "the key vault %s is there; whether it is in the tenant of the environment is not known", p.ref.vault)
	case !strings.EqualFold(tenant, v.Properties.TenantID):
		p.add(name, failed, "Use a vault of the tenant "+tenant, "the key vault %s belongs to the tenant %s, the environment to %s; they must be in one tenant", p.ref.vault, v.Properties.TenantID, tenant)
	default:
		p.add(name, passed, "", "%s is there, in the tenant of the environment", p.ref.vault)
	}
}

// tenant is that of the provider, which sees no environment of another.
func (p *inspection) tenant(ctx context.Context) (string, error) {
	who, err := p.who(ctx)
	return who.TenantID, err
}

func (p *inspection) who(ctx context.Context) (api.Caller, error) {
	if p.Caller == nil {
		return api.Caller{}, errors.New("the identity of the provider is not known")
	}
	return p.Caller(ctx)
}

func (p *inspection) secret(ctx context.Context) {
	const name = "secret"
	type state struct {
		enabled  *bool
		nbf, exp int64
	}
	var s state
	byVault, err := p.ARM.Secret(ctx, p.ref.String())
	if a := byVault.Properties.Attributes; err == nil {
		s = state{a.Enabled, a.NBF, a.Exp}
	} else if !rest.IsNotFound(err) || rest.HasCode(err, "SubscriptionNotFound") {
		// Whoever may use secrets need not be a reader of the vault; then the vault itself tells.
		shown, problem := p.KeyVault.SecretProperties(ctx, p.uri, p.ref.name, "")
		if err = problem; err == nil {
			s = state{shown.Attributes.Enabled, shown.Attributes.NBF, shown.Attributes.Exp}
		}
	}
	now := time.Now()
	switch {
	case rest.IsNotFound(err) && p.missing():
		p.add(name, unknown, "", "it cannot be there without the vault")
	case rest.IsNotFound(err):
		p.add(name, failed, fmt.Sprintf("Correct the name, or run: az keyvault secret set --vault-name %s --name %s --value \"$SECRET\"", p.ref.vault, p.ref.name),
			"the vault %s holds no secret %q", p.ref.vault, p.ref.name)
	case err != nil:
		p.add(name, unknown, "", "whether the vault %s holds the secret %q cannot be read (%s)", p.ref.vault, p.ref.name, brief(err))
	case s.enabled != nil && !*s.enabled:
		p.add(name, failed, fmt.Sprintf("Run: az keyvault secret set-attributes --vault-name %s --name %s --enabled true", p.ref.vault, p.ref.name),
			"the newest version of the secret %q is disabled", p.ref.name)
	case s.exp > 0 && !time.Unix(s.exp, 0).After(now):
		p.add(name, passed, "", "%q is there and enabled, but expired at %s; the vault hands it out all the same", p.ref.name, time.Unix(s.exp, 0).UTC().Format(time.RFC3339))
	case s.nbf > 0 && time.Unix(s.nbf, 0).After(now):
		p.add(name, passed, "", "%q is there and enabled, but not meant to be used before %s; the vault hands it out all the same", p.ref.name, time.Unix(s.nbf, 0).UTC().Format(time.RFC3339))
	default:
		p.add(name, passed, "", "%q is there and enabled", p.ref.name)
	}
}

// missing reports whether the vault was found not to be there.
func (p *inspection) missing() bool {
	return slices.ContainsFunc(p.report, func(c check) bool { return c.Name == "key vault" && c.Status == failed && p.vault == nil })
}

// principal is who needs the role.
type principal struct{ check, what, id, kind string }

func (p *inspection) callerRole(ctx context.Context) {
	who, err := p.who(ctx)
	if err != nil {
		p.add("role of the caller", unknown, "", "the identity of the provider is not known (%s)", brief(err))
		return
	}
	caller := principal{"role of the caller", "the identity of the provider (application " + who.ApplicationID + ", object ID " + who.ObjectID + ")", who.ObjectID, "ServicePrincipal"}
	if who.UserPrincipalName != "" {
		caller.what, caller.kind = "the identity of the provider ("+who.UserPrincipalName+")", "User"
	}
	p.role(ctx, caller, func() error {
		_, err := p.KeyVault.SecretProperties(ctx, p.uri, p.ref.name, "") // the properties of versions, never a value
		return err
	})
}

func (p *inspection) dataverseRole(ctx context.Context) {
	const name = "role of Dataverse"
	sp, err := p.Graph.ServicePrincipal(ctx, graph.DataverseAppID)
	switch {
	case rest.IsNotFound(err):
		p.add(name, failed, "Run: az ad sp create --id "+graph.DataverseAppID+", then: "+p.assign("--assignee "+graph.DataverseAppID),
			"the tenant has no service principal of Dataverse (application %s)", graph.DataverseAppID)
	case err != nil:
		p.add(name, unknown, "If nobody has given it the role, run: "+p.assign("--assignee "+graph.DataverseAppID),
			"the object ID of Dataverse (application %s) in the tenant cannot be read (%s)", graph.DataverseAppID, brief(err))
	default:
		p.role(ctx, principal{name, "Dataverse (application " + graph.DataverseAppID + ", object ID " + sp.ID + ")", sp.ID, "ServicePrincipal"}, nil)
	}
}

// assign is the command that gives the role.
func (p *inspection) assign(assignee string) string {
	return fmt.Sprintf("az role assignment create --role %q %s --scope %s", secretsRole, assignee, p.ref.vaultID())
}

// role looks whether a principal may read the secret, by its roles or, where those cannot be read, by another way.
func (p *inspection) role(ctx context.Context, who principal, otherwise func() error) {
	if p.missing() {
		p.add(who.check, unknown, "", "there is no vault to have a role in")
		return
	}
	remedy := "Run: " + p.assign("--assignee-object-id "+who.id+" --assignee-principal-type "+who.kind)
	granted, err := p.granted(ctx, who.id)
	if err != nil && otherwise != nil && !p.policies() { // access policies say nothing about roles
		switch problem := otherwise(); {
		case problem == nil:
			p.add(who.check, passed, "", "its roles cannot be read, but %s may list the versions of the secret", who.what)
			return
		case lacksRole(problem):
			granted, err = false, nil
		}
	}
	switch {
	case err != nil:
		p.add(who.check, unknown, "If nobody has given it the role, run: "+strings.TrimPrefix(remedy, "Run: "), "whether %s has the role %s cannot be read (%s)", who.what, secretsRole, brief(err))
	case granted && p.policies():
		p.add(who.check, passed, "", "%s has the role %s; the vault itself goes by access policies, which the platform does not ask", who.what, secretsRole)
	case granted:
		p.add(who.check, passed, "", "%s has the role %s", who.what, secretsRole)
	case p.policies():
		p.add(who.check, failed, remedy, "%s lacks the role %s on the vault %s. The vault goes by access policies, but the platform asks for the role all the same", who.what, secretsRole, p.ref.vault)
	default:
		p.add(who.check, failed, remedy, "%s lacks the role %s on the vault %s", who.what, secretsRole, p.ref.vault)
	}
}

// policies reports whether the vault is known to go by access policies.
func (p *inspection) policies() bool {
	return p.vault != nil && (p.vault.Properties.EnableRBACAuthorization == nil || !*p.vault.Properties.EnableRBACAuthorization)
}

// granted looks for a role that lets a principal read the secret. What a custom role allows is looked up.
func (p *inspection) granted(ctx context.Context, principalID string) (bool, error) {
	for a, err := range p.ARM.RoleAssignments(ctx, p.ref.vaultID(), principalID) {
		if err != nil {
			return false, err
		}
		if !holds(a.Properties.Scope, p.ref.String()) {
			continue
		}
		if slices.Contains(secretsRoles, a.Role()) {
			return true, nil
		}
		role, err := p.ARM.RoleDefinition(ctx, a.Properties.RoleDefinitionID)
		if err != nil && !rest.IsNotFound(err) {
			return false, err
		}
		if role.Grants(getSecret) {
			return true, nil
		}
	}
	return false, nil
}

// holds reports whether an ID lies within a scope.
func holds(scope, id string) bool {
	scope = strings.TrimSuffix(scope, "/")
	return len(scope) <= len(id) && strings.EqualFold(id[:len(scope)], scope) && (len(id) == len(scope) || id[len(scope)] == '/')
}

// network looks whether Power Platform, which is no trusted service of Azure, gets to the vault.
func (p *inspection) network(ctx context.Context) {
	const name = "network"
	const private = "Give the environment private networking (powerplatform_enterprise_policy) and the vault a private endpoint in each of its regions with private DNS, or let the addresses of Power Platform through the firewall of the vault: " +
		"https://learn.microsoft.com/power-platform/admin/online-requirements"
	switch {
	case p.vault == nil:
		p.add(name, unknown, "", "the firewall of the vault %s cannot be read", p.ref.vault)
		return
	case p.vault.Public() && !p.vault.Filtered():
		p.add(name, passed, "", "the vault %s lets every network in", p.ref.vault)
		return
	}
	e, err := p.BAP.Environment(ctx, p.environment)
	policy, linked := e.LinkedPolicy(bap.NetworkInjection)
	linked = linked && strings.EqualFold(policy.LinkStatus, bap.Linked)
	endpoints := len(p.vault.PrivateEndpoints())
	rules := p.vault.Public() && len(p.vault.Properties.NetworkACLs.IPRules)+len(p.vault.Properties.NetworkACLs.VirtualNetworkRules) > 0
	switch {
	case err != nil:
		p.add(name, unknown, private, "the firewall of the vault %s is closed, and whether the environment has private networking cannot be read (%s)", p.ref.vault, brief(err))
	case linked && endpoints > 0:
		p.add(name, passed, "", "the environment has private networking and the vault %s has %d private endpoints; whether its name leads to one in every region cannot be seen from here", p.ref.vault, endpoints)
	case rules:
		p.add(name, unknown, private, "the firewall of the vault %s has rules; whether they let Power Platform through cannot be seen from here", p.ref.vault)
	case linked:
		p.add(name, failed, private, "the firewall of the vault %s is closed; the environment has private networking, but the vault has no private endpoint", p.ref.vault)
	default:
		p.add(name, failed, private, "the firewall of the vault %s is closed to Power Platform, and the environment has no private networking", p.ref.vault)
	}
}

// lacksRole reports whether a vault that goes by roles refused a caller for the lack of one; its firewall refuses in other
// words.
func lacksRole(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.Status == http.StatusForbidden && strings.Contains(e.Message, "not authorized to perform action")
}

// brief is what the platform said about an error, in a few words.
func brief(err error) string {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok {
		return err.Error()
	}
	if e.Code != "" {
		return fmt.Sprintf("%d %s", e.Status, e.Code)
	}
	return fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
}
