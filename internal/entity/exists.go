package entity

import "fmt"

// Exists is returned by Create and Plan when what is to be created is there already, as after a run that was killed
// before it could save its state. It tells how to import the object of the type with this import ID. The cause, what the
// platform said, may be nil.
func Exists(typeName, importID string, cause error) error {
	return &existsError{typeName, importID, cause}
}

type existsError struct {
	typeName, id string
	cause        error
}

// Error shows an import block: unlike the command it is planned, and it works where for_each refers to what is to come.
func (e *existsError) Error() string {
	text := fmt.Sprintf("it exists already. If it is the one that is meant, import it with\n\n"+
		"  import {\n    to = powerplatform_%s.NAME\n    id = %q\n  }\n\nOtherwise choose another one", e.typeName, e.id)
	if e.cause != nil {
		return text + ": " + e.cause.Error()
	}
	return text
}

func (e *existsError) Unwrap() error { return e.cause }
