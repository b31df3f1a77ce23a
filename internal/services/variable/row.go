package variable

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/dataverse"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/row"
)

// Entity sets, and the relationship between them:
// https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/environmentvariabledefinition
const (
	definitions = "environmentvariabledefinitions"
	values      = "environmentvariablevalues"
	valuesOf    = "environmentvariabledefinition_environmentvariablevalue"

	definitionComponent = 380
)

// definition is a definition as it is read, with its value.
type definition struct {
	ID           string `json:"environmentvariabledefinitionid"`
	SchemaName   string `json:"schemaname"`
	DisplayName  string `json:"displayname"`
	Description  string `json:"description"`
	Type         int    `json:"type"`
	DefaultValue string `json:"defaultvalue"`
	SecretStore  int    `json:"secretstore"`
	ValueSchema  string `json:"valueschema"`
	Managed      bool   `json:"ismanaged"`
	CreatedBy    string `json:"_createdby_value"`
	Values       []struct {
		ID    string `json:"environmentvariablevalueid"`
		Value string `json:"value"`
	} `json:"environmentvariabledefinition_environmentvariablevalue"`
}

const (
	readColumns = "environmentvariabledefinitionid,schemaname,displayname,description,type,defaultvalue,secretstore,valueschema,ismanaged,_createdby_value"
	readValue   = valuesOf + "($select=environmentvariablevalueid,value)"
)

// value is the text of the value and the ID of its row; both are "" without one.
func (d definition) value() (text, id string) {
	if len(d.Values) == 0 {
		return "", ""
	}
	return d.Values[0].Value, d.Values[0].ID
}

// effective is the value that applies.
func (d definition) effective() string {
	if text, _ := d.value(); text != "" {
		return text
	}
	return d.DefaultValue
}

// all yields the definitions of an environment that a filter chooses, with their values.
func all(ctx context.Context, c *api.Client, environmentID, filter string) iter.Seq2[definition, error] {
	return func(yield func(definition, error) bool) {
		org, err := row.Org(ctx, c, environmentID)
		if err != nil {
			yield(definition{}, err)
			return
		}
		for d, err := range dataverse.List[definition](ctx, c.Dataverse, org, definitions, dataverse.Query{
			Select: readColumns, Filter: filter, Expand: readValue, OrderBy: "schemaname",
		}) {
			if !yield(d, err) {
				return
			}
		}
	}
}

// find reads a definition by its schema name, or by its ID in its place, as entity.ErrNotFound if there is none.
func find(ctx context.Context, c *api.Client, org dataverse.Org, name string) (definition, error) {
	filter := "schemaname eq " + dataverse.Quote(name)
	if id, err := uuid.Parse(name); err == nil && len(name) == len(id.String()) {
		filter = "environmentvariabledefinitionid eq " + id.String()
	}
	return dataverse.First[definition](ctx, c.Dataverse, org, definitions, dataverse.Query{
		Select: readColumns, Filter: filter, Expand: readValue,
	})
}

// setValue gives a definition a value: in the row with the ID, or in a new one. A row that shows up in between, as after an
// answer that was lost, is changed instead.
func setValue(ctx context.Context, c *api.Client, org dataverse.Org, definitionID, id, text string) error {
	change := map[string]any{"value": text}
	if id != "" {
		return dataverse.Update(ctx, c.Dataverse, org, values, id, change, answered())
	}
	_, err := dataverse.Create(ctx, c.Dataverse, org, values, map[string]any{
		"value": text, "EnvironmentVariableDefinitionId@odata.bind": dataverse.Bind(definitions, definitionID),
	}, answered())
	if err == nil {
		return nil
	}
	_, err = row.Settle(ctx, "", err, func(ctx context.Context) (string, error) {
		d, unseen := find(ctx, c, org, definitionID)
		shown, id := d.value()
		switch {
		case unseen != nil || id == "":
			return "", err
		case shown == text:
			return id, nil
		}
		return id, dataverse.Update(ctx, c.Dataverse, org, values, id, change, answered())
	})
	return err
}

// answered is for requests to an organisation that has answered already: it has no reason to refuse strangers any more, so a
// 403 means what it says.
func answered() dataverse.Option {
	return rest.NoRetry(func(e *rest.Error) bool { return e.Status == http.StatusForbidden })
}

// removeValue takes a value away; one that is gone already is fine.
func removeValue(ctx context.Context, c *api.Client, org dataverse.Org, id string) error {
	if err := dataverse.Delete(ctx, c.Dataverse, org, values, id); err != nil && !rest.IsNotFound(err) {
		return err
	}
	return nil
}

// component is a kind of solution component that can depend on a variable: what it is called and where its name is.
type component struct{ noun, set, name string }

// components are by their numbers, as far as they are fixed:
// https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/solutioncomponent#componenttype-choicesoptions
var components = map[int]component{
	29:  {"process or flow", "workflows", "name"},
	300: {"canvas app", "canvasapps", "displayname"},
	371: {"connector", "connectors", "displayname"},
	372: {"connector", "connectors", "displayname"},
	380: {"environment variable", definitions, "schemaname"},
}

// The codes of refused deletes: of what others depend on, and of what a managed solution brought.
const (
	codeInUse   = "0x8004f01f"
	codeManaged = "0x8004f032"
)

var refusals = []entity.Diagnosis{{
	Codes:  []string{codeManaged},
	Remedy: "a managed solution brought the variable, and only uninstalling the solution removes it; to leave it alone, take the resource out of state with a removed block",
}}

// explainInUse says who uses a definition that cannot be deleted.
func explainInUse(ctx context.Context, c *api.Client, verb string, m *model, refused error) error {
	e, _ := errors.AsType[*rest.Error](refused)
	if verb != "delete" || !rest.HasCode(refused, codeInUse) && e.Status != http.StatusMethodNotAllowed && !strings.Contains(e.Message, "RetrieveDependenciesForDelete") {
		return refused
	}
	org, err := row.Org(ctx, c, m.EnvironmentID.ValueString())
	if err != nil {
		return refused
	}
	if users := dependents(ctx, c, org, m.ID.ValueString()); len(users) > 0 {
		return fmt.Errorf("others use the variable; change or delete them first: %s: %w", strings.Join(users, "; "), refused)
	}
	return refused
}

// dependents names what depends on a definition, as far as it can be found out.
func dependents(ctx context.Context, c *api.Client, org dataverse.Org, id string) []string {
	found, err := dataverse.Function[struct {
		Value []struct {
			ID   string `json:"dependentcomponentobjectid"`
			Type int    `json:"dependentcomponenttype"`
		} `json:"value"`
	}](ctx, c.Dataverse, org, "RetrieveDependenciesForDelete(ObjectId=@o,ComponentType=@t)", "@o", id, "@t", strconv.Itoa(definitionComponent))
	if err != nil {
		return nil
	}
	var users []string
	for _, d := range found.Value {
		kind, ok := components[d.Type]
		if !ok {
			users = append(users, fmt.Sprintf("component %s of type %d", d.ID, d.Type))
			continue
		}
		name := ""
		row, err := dataverse.Get[map[string]any](ctx, c.Dataverse, org, kind.set, d.ID, dataverse.Query{Select: kind.name})
		if text, ok := row[kind.name].(string); err == nil && ok {
			name = fmt.Sprintf("%q ", text)
		}
		users = append(users, fmt.Sprintf("%s %s(%s)", kind.noun, name, d.ID))
	}
	return users
}
