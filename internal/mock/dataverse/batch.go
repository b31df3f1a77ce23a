package dataverse

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// mostRequests is how many requests a batch may have:
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api
const mostRequests = 1000

// batch answers several requests in one. Change sets take effect as a whole or not at all; the first error ends the batch
// unless the caller prefers to go on.
func (c call) batch() server.Reply {
	parts, err := split(c.header.Get("Content-Type"), c.Raw)
	if err != nil {
		return badQuery(err)
	}
	var out bytes.Buffer
	writer, status, total := multipart.NewWriter(&out), http.StatusOK, 0
	if err := writer.SetBoundary("batchresponse_" + uuid.NewString()); err != nil {
		return badQuery(err)
	}
	for _, part := range parts {
		failed := false
		if strings.HasPrefix(part.header.Get("Content-Type"), "multipart/mixed") {
			var n int
			n, failed, err = c.changeSet(part, writer)
			total += n
		} else {
			total++
			var inner call
			if inner, err = c.inner(part, nil); err == nil {
				reply := inner.transact()
				failed = reply.Status >= http.StatusBadRequest
				err = respond(writer, reply, "")
			}
		}
		if err == nil && total > mostRequests {
			err = fault("The number of requests in the batch exceeds the limit of %d.", mostRequests)
		}
		if err != nil {
			return badQuery(err)
		}
		if failed && !c.prefer.proceed {
			status = http.StatusBadRequest
			break
		}
	}
	if err := writer.Close(); err != nil {
		return badQuery(err)
	}
	return server.Reply{Status: status, Body: out.Bytes()}.With("Content-Type", "multipart/mixed; boundary="+writer.Boundary())
}

// piece is one part of a multipart body.
type piece struct {
	header textproto.MIMEHeader
	body   []byte
}

func split(contentType string, raw []byte) ([]piece, error) {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.HasPrefix(kind, "multipart/") || parameters["boundary"] == "" {
		return nil, fault("The content type '%s' is no multipart/mixed with a boundary.", contentType)
	}
	reader := multipart.NewReader(bytes.NewReader(raw), parameters["boundary"])
	var out []piece
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fault("The batch is not valid: %w", err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			return nil, fault("The batch is not valid: %w", err)
		}
		out = append(out, piece{part.Header, body})
	}
}

// changeSet answers the requests of a change set: all, or only the one that failed.
func (c call) changeSet(set piece, writer *multipart.Writer) (n int, failed bool, err error) {
	parts, err := split(set.header.Get("Content-Type"), set.body)
	if err != nil {
		return 0, false, err
	}
	var out bytes.Buffer
	inside := multipart.NewWriter(&out)
	if err := inside.SetBoundary("changesetresponse_" + uuid.NewString()); err != nil {
		return 0, false, err
	}
	made := map[string]string{}
	for _, part := range parts {
		inner, err := c.inner(part, made)
		if err != nil {
			return 0, false, err
		}
		if inner.method == http.MethodGet {
			return 0, false, fault("A change set cannot have a GET request.")
		}
		reply := inner.serve()
		if reply.Status >= http.StatusBadRequest {
			c.store.rollback()
			return len(parts), true, respond(writer, reply, "")
		}
		id := part.header.Get("Content-Id")
		if at := reply.Header.Get("OData-EntityId"); at != "" && id != "" {
			made["$"+id] = at
		}
		if err := respond(inside, reply, id); err != nil {
			return 0, false, err
		}
	}
	c.store.keep()
	if err := inside.Close(); err != nil {
		return 0, false, err
	}
	part, err := writer.CreatePart(textproto.MIMEHeader{"Content-Type": {"multipart/mixed; boundary=" + inside.Boundary()}})
	if err == nil {
		_, err = part.Write(out.Bytes())
	}
	return len(parts), false, err
}

// inner reads a request in a batch. What earlier requests of a change set made stands behind "$" and their content ID.
func (c call) inner(part piece, made map[string]string) (call, error) {
	reader := textproto.NewReader(bufio.NewReader(bytes.NewReader(part.body)))
	line, err := reader.ReadLine()
	if err != nil {
		return c, fault("The batch is not valid: %w", err)
	}
	method, rest, _ := strings.Cut(line, " ")
	target, protocol, _ := strings.Cut(rest, " ")
	if !strings.HasPrefix(protocol, "HTTP/") {
		return c, fault("The request line '%s' is not valid.", line)
	}
	header, err := reader.ReadMIMEHeader()
	if err != nil && !errors.Is(err, io.EOF) {
		return c, fault("The batch is not valid: %w", err)
	}
	body, err := io.ReadAll(reader.R)
	if err != nil {
		return c, fault("The batch is not valid: %w", err)
	}
	trimmed := strings.TrimPrefix(target, "/")
	for id, at := range made {
		if trimmed == id || strings.HasPrefix(trimmed, id+"/") {
			target = at + strings.TrimPrefix(trimmed, id)
		}
	}
	u, err := url.Parse(target)
	if err != nil {
		return c, fault("The URL '%s' is not valid.", target)
	}
	segments := resource(u)
	if i := slices.Index(segments, "data"); i == 1 && len(segments) > 3 {
		segments = segments[3:]
	}
	out := c
	out.method, out.segments, out.query, out.header, out.body = method, segments, u.Query(), http.Header(header), nil
	out.prefer = prefer(out.header)
	if len(bytes.TrimSpace(body)) > 0 {
		if err := json.Unmarshal(body, &out.body); err != nil {
			return c, fault("A request of the batch has no valid body: %w", err)
		}
		for name, value := range out.body {
			if at, ok := made[fmt.Sprint(value)]; ok && strings.Contains(name, "@odata.") {
				out.body[name] = at
			}
		}
	}
	return out, nil
}

// respond writes the answer to one request of a batch.
func respond(writer *multipart.Writer, reply server.Reply, id string) error {
	header := textproto.MIMEHeader{"Content-Type": {"application/http"}, "Content-Transfer-Encoding": {"binary"}}
	if id != "" {
		header.Set("Content-ID", id)
	}
	part, err := writer.CreatePart(header)
	if err != nil {
		return err
	}
	reply = dress(reply)
	var body []byte
	if reply.Body != nil {
		if body, err = json.Marshal(reply.Body); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(part, "HTTP/1.1 %d %s\r\n", reply.Status, http.StatusText(reply.Status)); err != nil {
		return err
	}
	if err := reply.Header.Write(part); err != nil {
		return err
	}
	_, err = part.Write(append([]byte("\r\n"), body...))
	return err
}
