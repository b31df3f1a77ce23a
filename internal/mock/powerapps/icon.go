package powerapps

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"
	"sync"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// iconHost serves the icon of connectors that have none of their own, as recorded in
// https://github.com/pnp/cli-microsoft365.
const iconHost = "az787822.vo.msecnd.net"

// square is that icon: a plain square in the colour that connectors have by default.
var square = sync.OnceValues(func() ([]byte, error) {
	const side = 32
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.NRGBA{R: 0x00, G: 0x7e, B: 0xe5, A: 0xff}})
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
})

func icons(p *server.Platform) {
	p.Open(iconHost, "GET", "/defaulticons/{file}", "powerapps.icons.get", func(c *server.Call) server.Reply {
		raw, err := square()
		switch {
		case err != nil:
			return fail(http.StatusInternalServerError, "MockEncoding", "%v", err)
		case !strings.HasSuffix(c.Params["file"], ".png"):
			return server.Empty(http.StatusNotFound)
		}
		return server.Reply{Body: raw}.With("Content-Type", "image/png")
	})
}
