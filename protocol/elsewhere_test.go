package protocol

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestOthersServers goes through frames that servers nobody here wrote have
// sent (faye 1.4, nats-server 2.15, prosody 0.12), with the descriptions in
// testdata.
func TestOthersServers(t *testing.T) {
	tag := string(AppendTag(nil, someTag))
	message := Event{Kind: Delivery, Tag: someTag, Tagged: true}
	type turn struct {
		frame   string
		want    []Event // but for Text, which is the frame that is answered
		replies []string
	}
	for name, turns := range map[string][]turn{
		"faye": {
			{`[{"channel":"/meta/handshake","successful":true,"version":"1.0","clientId":"8hy","advice":{"reconnect":"retry","interval":0,"timeout":1000}}]`,
				[]Event{{Step: 1}}, []string{
					`[{"channel":"/meta/subscribe","clientId":"8hy","subscription":"/rooms/r1"}]`,
					`[{"channel":"/meta/connect","clientId":"8hy","connectionType":"websocket"}]`,
				}},
			{`[{"clientId":"8hy","channel":"/meta/subscribe","successful":true,"subscription":"/rooms/r1"}]`,
				[]Event{{Kind: Ready, Session: []byte("8hy")}}, nil},
			{`[{"channel":"/rooms/r1","id":"1","data":{"text":"` + tag + `"}},{"id":"25344007","channel":"/rooms/r1","successful":true}]`,
				[]Event{message, {Kind: Acked, Tag: Tag{Origin: 7, Number: 99000}}}, nil},
			{`[{"clientId":"8hy","channel":"/meta/connect","successful":true}]`,
				[]Event{{Step: 2}}, []string{`[{"channel":"/meta/connect","clientId":"8hy","connectionType":"websocket"}]`}},
			{`[{"channel":"/rooms/r1","successful":false,"error":"403::forbidden"}]`, []Event{{Kind: Refused}}, nil},
		},
		"nats": {
			{"INFO {\"server_id\":\"NBLY\",\"version\":\"2.15.2\"} \r\n", []Event{{}}, nil},
			{"PONG\r\n", []Event{{Kind: Ready, Answers: true}}, nil},
			{"MSG rooms.r1 1 40\r\n" + tag + "\r\nPING\r\n", []Event{{}, message, {Ping: true, Reply: []byte("PONG\r\n")}}, nil},
			{"-ERR 'Authorization Violation'\r\n", []Event{{Kind: Refused}}, nil},
		},
		"xmpp": {
			{`<open from='localhost' xmlns='urn:ietf:params:xml:ns:xmpp-framing' version='1.0' id='7'/>`, []Event{{}}, nil},
			{`<stream:features xmlns:stream='http://etherx.jabber.org/streams'><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>ANONYMOUS</mechanism></mechanisms></stream:features>`,
				[]Event{{Step: 1}}, []string{`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>`}},
			{`<presence from='r1@rooms.localhost/c1' xmlns='jabber:client'><x xmlns='http://jabber.org/protocol/muc#user'><status code='201'/><status code='110'/></x></presence>`,
				[]Event{{Kind: Ready}}, nil},
			{`<message from='r1@rooms.localhost' type='groupchat' xmlns='jabber:client'><subject/></message>`, []Event{{}}, nil},
			{`<message from='r1@rooms.localhost/c1' xmlns='jabber:client' type='groupchat'><body>` + tag + `</body></message>`, []Event{message}, nil},
			{`<iq xmlns='jabber:client' to='n@localhost/Z' type='result' id='beat-1760000000123'/>`, []Event{{Kind: HeartbeatAnswer, UnixMillis: 1760000000123}}, nil},
			{`<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>`, []Event{{Kind: Refused}}, nil},
		},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile("testdata/" + name + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			p := parsed(t, string(src)).Protocol.(*Described)
			for _, turn := range turns {
				var replies []string
				events := all(p, turn.frame)
				for i, e := range events {
					replies = append(replies, texts(p.Replies(e, Login{Client: "c1", Room: "r1"}))...)
					events[i].Text = nil
				}
				if d := cmp.Diff(turn.want, events, cmpopts.EquateEmpty()); d != "" {
					t.Errorf("%s\n%s", turn.frame, d)
				}
				if d := cmp.Diff(turn.replies, replies, cmpopts.EquateEmpty()); d != "" {
					t.Errorf("%s\n%s", turn.frame, d)
				}
			}
		})
	}
}
