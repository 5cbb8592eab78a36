package memnet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestDialReachesAccept(t *testing.T) {
	l := Listen()
	defer l.Close()
	near, err := l.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := near.Write([]byte("hello")); err != nil {
		t.Fatal(err) // before Accept, as with a real listener
	}
	if err := near.Close(); err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	if got, err := io.ReadAll(far); string(got) != "hello" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if far.RemoteAddr() != near.LocalAddr() || near.RemoteAddr() != l.Addr() {
		t.Errorf("addresses do not meet: %v to %v, seen as %v by %v",
			near.LocalAddr(), near.RemoteAddr(), far.RemoteAddr(), far.LocalAddr())
	}
	if _, _, err := net.SplitHostPort(far.RemoteAddr().String()); err != nil {
		t.Errorf("the address is no host:port: %v", err)
	}
}

func TestDialWaitsForRoomInTheBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := Listen()
		defer l.Close()
		for range backlog {
			if _, err := l.Dial(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		if _, err := l.Dial(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 5*time.Second {
			t.Errorf("Dial fails after %v with %v; want the context's end after 5s", time.Since(began), err)
		}
		dialled := make(chan error, 1)
		go func() {
			_, err := l.Dial(t.Context())
			dialled <- err
		}()
		synctest.Wait()
		if _, err := l.Accept(); err != nil {
			t.Fatal(err)
		}
		if err := <-dialled; err != nil {
			t.Errorf("Dial fails with %v though there is room again", err)
		}
	})
}

func TestAClosedListener(t *testing.T) {
	l := Listen()
	near, err := l.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	accepting := make(chan error)
	go func() {
		for {
			if _, err := l.Accept(); err != nil {
				accepting <- err
				return
			}
		}
	}()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-accepting; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept fails with %v; want net.ErrClosed", err)
	}
	if _, err := l.Dial(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial fails with %v; want ECONNREFUSED", err)
	}
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the second Close returns %v; want net.ErrClosed", err)
	}
	_ = near.Close()
}

func TestAConnectionNobodyAcceptedIsReset(t *testing.T) {
	l := Listen()
	near, err := l.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("Read fails with %v; want ECONNRESET", err)
	}
}

func TestServesHTTP(t *testing.T) {
	l := Listen()
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "served") })}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	client := &http.Client{Transport: &http.Transport{DialContext: l.DialContext, DisableKeepAlives: true}}
	resp, err := client.Get("http://mem/")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if string(body) != "served" || err != nil {
		t.Errorf("read %q, %v", body, err)
	}
	if err := srv.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}
