package entity

import "fmt"

// Exists is returned by Create and Plan when what is to be created is there already, as after a run that was killed
// before it could save its state. It tells how to import the object of the type with this import ID. The cause, what the
// platform said, may be nil.
func Exists(typeName, importID string, cause error) error {
	return &existsError{typeName, importID, cause}
}

// Import is the import block for an object of the type, as a paragraph of its own within a message. Unlike the command it
// is planned, and it works where for_each refers to what is still to come.
func Import(typeName, importID string) string {
	return fmt.Sprintf("\n\n  import {\n    to = powerplatform_%s.NAME\n    id = %q\n  }\n\n", typeName, importID)
}

type existsError struct {
	typeName, id string
	cause        error
}

func (e *existsError) Error() string {
	text := "it exists already. If it is the one that is meant, import it with" + Import(e.typeName, e.id) + "Otherwise choose another one"
	if e.cause != nil {
		return text + ": " + e.cause.Error()
	}
	return text
}

func (e *existsError) Unwrap() error { return e.cause }
