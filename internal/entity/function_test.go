package entity_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/entity"
)

type echoArgs struct {
	Word  string `tfsdk:"word"`
	Times int64  `tfsdk:"times"`
}

type echoed struct {
	Text  string   `tfsdk:"text"`
	Words []string `tfsdk:"words"`
	Last  *string  `tfsdk:"last"`
}

func echo() entity.Function[echoArgs, echoed] {
	return entity.Function[echoArgs, echoed]{
		Name: "echo", Summary: "Say a word", Description: "Says a word several times.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "word", MarkdownDescription: "What to say."},
			function.Int64Parameter{Name: "times", MarkdownDescription: "How often."},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"text": types.StringType, "words": types.ListType{ElemType: types.StringType}, "last": types.StringType,
		}},
		Run: func(a echoArgs) (echoed, error) {
			var errs []error
			if a.Word == "" {
				errs = append(errs, errors.New("nothing to say"))
			}
			if a.Times < 0 {
				errs = append(errs, fmt.Errorf("checking: %w", entity.Atf(path.Root("times"), "%d is negative", a.Times)))
			}
			if len(errs) > 0 {
				return echoed{}, errors.Join(errs...)
			}
			out := echoed{Text: strings.Repeat(a.Word, int(a.Times))}
			for range a.Times {
				out.Words = append(out.Words, a.Word)
				out.Last = &a.Word
			}
			return out, nil
		},
	}
}

func call(t *testing.T, f function.Function, args ...attr.Value) (attr.Value, *function.FuncError) {
	t.Helper()
	var d function.DefinitionResponse
	f.Definition(t.Context(), function.DefinitionRequest{}, &d)
	result, err := d.Definition.Return.NewResultData(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resp := function.RunResponse{Result: result}
	f.Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData(args)}, &resp)
	return resp.Result.Value(), resp.Error
}

func TestFunctionComputes(t *testing.T) {
	t.Parallel()
	f := echo().New()
	var meta function.MetadataResponse
	if f.Metadata(t.Context(), function.MetadataRequest{}, &meta); meta.Name != "echo" {
		t.Errorf("it is called %q", meta.Name)
	}
	for times, want := range map[int64]string{
		2: `{"last":"ha","text":"haha","words":["ha","ha"]}`,
		0: `{"last":<null>,"text":"","words":<null>}`,
	} {
		got, err := call(t, f, types.StringValue("ha"), types.Int64Value(times))
		if err != nil || got.String() != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}

func TestFunctionWithoutParameters(t *testing.T) {
	t.Parallel()
	f := entity.Function[struct{}, int64]{
		Name: "answer", Summary: "Answer", Description: "The answer.", Return: function.Int64Return{},
		Run: func(struct{}) (int64, error) { return 42, nil },
	}.New()
	if got, err := call(t, f); err != nil || !got.Equal(types.Int64Value(42)) {
		t.Errorf("%s, %v", got, err)
	}
	if found := check(t, f); found != "" {
		t.Error(found)
	}
}

func TestFunctionBlamesTheArgument(t *testing.T) {
	t.Parallel()
	_, err := call(t, echo().New(), types.StringValue("ha"), types.Int64Value(-1))
	if !err.Equal(function.NewArgumentFuncError(1, "-1 is negative")) {
		t.Errorf("%+v", err)
	}
	_, err = call(t, echo().New(), types.StringValue(""), types.Int64Value(1))
	if !err.Equal(function.NewFuncError("nothing to say")) {
		t.Errorf("%+v", err)
	}
	_, err = call(t, echo().New(), types.StringValue(""), types.Int64Value(-1))
	if !err.Equal(function.NewArgumentFuncError(1, "nothing to say\n-1 is negative")) {
		t.Errorf("%+v", err)
	}
}

func TestFunctionDoesNotTakeNull(t *testing.T) {
	t.Parallel()
	if _, err := call(t, echo().New(), types.StringNull(), types.Int64Value(1)); err == nil {
		t.Error("null was taken")
	}
}

func TestCheckFindsMistakesInAFunction(t *testing.T) {
	t.Parallel()
	if found := check(t, echo().New()); found != "" {
		t.Error(found)
	}
	for want, spoil := range map[string]func(*entity.Function[echoArgs, echoed]){
		"summary, description":        func(f *entity.Function[echoArgs, echoed]) { f.Summary = "" },
		"description, run and return": func(f *entity.Function[echoArgs, echoed]) { f.Run = nil },
		"parameter 0 has no name or no des": func(f *entity.Function[echoArgs, echoed]) {
			f.Parameters[0] = function.StringParameter{Name: "word"}
		},
		"parameter word takes null": func(f *entity.Function[echoArgs, echoed]) {
			f.Parameters[0] = function.StringParameter{Name: "word", MarkdownDescription: "What.", AllowNullValue: true}
		},
		"must be unique": func(f *entity.Function[echoArgs, echoed]) { f.Parameters[0] = f.Parameters[1] },
		"times":          func(f *entity.Function[echoArgs, echoed]) { f.Parameters = f.Parameters[:1] },
		"loud": func(f *entity.Function[echoArgs, echoed]) {
			f.Parameters = append(f.Parameters, function.BoolParameter{Name: "loud", MarkdownDescription: "Whether to shout."})
		},
		"the result does not fit": func(f *entity.Function[echoArgs, echoed]) { f.Return = function.StringReturn{} },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			f := echo()
			spoil(&f)
			if found := check(t, f.New()); !strings.Contains(found, want) || !strings.HasPrefix(found, "function echo: ") {
				t.Errorf("found %q", found)
			}
		})
	}
	words := entity.Function[string, string]{
		Name: "shout", Summary: "Shout", Description: "Shouts.", Return: function.StringReturn{}, Run: func(string) (string, error) { return "", nil },
	}
	if found := check(t, words.New()); !strings.Contains(found, "not a struct") {
		t.Errorf("found %q", found)
	}
}
