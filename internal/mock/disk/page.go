package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"runtime/debug"

	berrors "go.etcd.io/bbolt/errors"
)

// errDamaged is found in a file that was whole once.
var errDamaged = errors.New("it is not whole")

// A database begins with two pages that say the same or nearly so, the one with the higher number counting: a header of 16
// bytes, and then, each in the order of bytes of the machine, magic, version, page size and flags (4 bytes each), root,
// its sequence, list of free pages, number of pages, number of the change and checksum (8 bytes each).
const (
	magic      = 0xED0CDAED
	metaHeader = 16
	metaSize   = 64
	smallest   = 512
	largest    = 64 << 10
)

// extent is how many bytes a database has at least, by what its first pages say.
func extent(file io.ReaderAt) (int64, error) {
	first, ok := meta(file, 0)
	if ok {
		second, both := meta(file, int64(first.page))
		if both && second.change > first.change {
			first = second
		}
		return first.pages * int64(first.page), nil
	}
	for page := int64(smallest); page <= largest; page *= 2 { // the first is lost, the second may be whole
		if m, ok := meta(file, page); ok && int64(m.page) == page {
			return m.pages * page, nil
		}
	}
	if first.magic {
		return 0, fmt.Errorf("%w: its first pages are not", errDamaged)
	}
	return 0, berrors.ErrInvalid
}

type metaPage struct {
	magic  bool
	page   uint32
	pages  int64
	change uint64
}

// meta reads one of the first pages and says whether it is whole.
func meta(file io.ReaderAt, at int64) (metaPage, bool) {
	raw := make([]byte, metaHeader+metaSize)
	if n, err := file.ReadAt(raw, at); err != nil && (!errors.Is(err, io.EOF) || n < len(raw)) {
		raw = append(raw[:n], make([]byte, len(raw)-n)...)
	}
	raw = raw[metaHeader:]
	order := binary.NativeEndian
	m := metaPage{
		magic: order.Uint32(raw) == magic, page: order.Uint32(raw[8:]), change: order.Uint64(raw[48:]),
		pages: int64(order.Uint64(raw[40:])), //nolint:gosec // what is not positive is refused below
	}
	sum := fnv.New64a()
	_, _ = sum.Write(raw[:56])
	whole := m.magic && sum.Sum64() == order.Uint64(raw[56:]) && m.page >= smallest && m.page <= largest && m.pages > 0
	return m, whole
}

// guarded runs f and makes an error of what a damaged file makes of the database: a panic, or an access beyond the file.
func guarded(f func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(before)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errDamaged, r)
		}
	}()
	return f()
}
