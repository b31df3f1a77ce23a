package entity

import (
	"errors"
	"fmt"
	"iter"
	"strings"
)

// Only returns the single item that matches; what names the item in the error, such as `environment "x"`.
func Only[T any](all iter.Seq2[T, error], what string, match func(T) bool) (T, error) {
	var found []T
	for v, err := range all {
		if err != nil {
			return *new(T), err
		}
		if match(v) {
			found = append(found, v)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return *new(T), fmt.Errorf("there is no %s", what)
	}
	return *new(T), fmt.Errorf("there are %d of %s; use an argument that tells them apart", len(found), what)
}

// OneOf reports a value that is not in a list; what names such a value.
func OneOf(value, what string, valid []string) error {
	for _, v := range valid {
		switch {
		case v == value:
			return nil
		case strings.EqualFold(v, value):
			return fmt.Errorf("%q is written %s", value, v)
		}
	}
	if len(valid) == 0 {
		return errors.New("there is no " + what)
	}
	return fmt.Errorf("%q is no %s; choose one of: %s", value, what, strings.Join(valid, ", "))
}
