package faults

import (
	"slices"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

// MiddleBox is what a NAT, firewall, balancer or proxy does to connections
// that are idle. Its times are those of its documentation.
type MiddleBox struct {
	Name     string
	Idle     time.Duration // without a sign of life
	Lifetime time.Duration // of any connection; 0: no end
	Expiry   Expiry
	Counts   Counts
	Source   string // where the figures are from
}

// Boxes lists the middleboxes that are known, by name.
func Boxes() []MiddleBox {
	return []MiddleBox{
		{"aws-alb", time.Minute, 0, ExpireClose, CountData,
			"AWS Application Load Balancers, connection idle timeout (60 s, 1–4000 s)"},
		{"aws-apigw-websocket", 10 * time.Minute, 2 * time.Hour, ExpireClose, CountData,
			"Amazon API Gateway quotas for WebSocket APIs"},
		{"aws-nat-gateway", 350 * time.Second, 0, ExpireResetClient, CountPackets,
			"Amazon VPC, NAT gateways: RST to the inside that goes on sending"},
		{"aws-network-firewall", 350 * time.Second, 0, ExpireSilent, CountPackets,
			"AWS Network Firewall, FlowTimeouts"},
		{"aws-nlb", 350 * time.Second, 0, ExpireReset, CountPackets,
			"AWS Network Load Balancers, idle timeout (350 s, 60–6000 s)"},
		{"azure-lb", 4 * time.Minute, 0, ExpireSilent, CountPackets,
			"Azure Load Balancer, TCP reset and idle timeout (4 min, up to 100; RST to both optional: expiry: reset-both)"},
		{"cloudflare", 100 * time.Second, 0, ExpireClose, CountData,
			"Cloudflare, connection limits"},
		{"gcp-cloud-nat", 20 * time.Minute, 0, ExpireSilent, CountPackets,
			"Google Cloud NAT, RouterNat tcpEstablishedIdleTimeoutSec (1200 s)"},
		{"gcp-vpc", 10 * time.Minute, 0, ExpireSilent, CountPackets,
			"Google Cloud VPC firewalls, connection tracking"},
		{"linux-conntrack", 432000 * time.Second, 0, ExpireSilent, CountPackets,
			"Linux, nf_conntrack_tcp_timeout_established (5 days)"},
		{"mobile-cgn", 4 * time.Minute, 0, ExpireSilent, CountPackets,
			"Wang et al., SIGCOMM 2011: of 73 carriers, 11 under 10 min, 4 of them at 5 or under"},
		{"nginx", time.Minute, 0, ExpireClose, CountServerData,
			"nginx, WebSocket proxying, proxy_read_timeout (60 s)"},
		{"rfc5382", 7440 * time.Second, 0, ExpireSilent, CountPackets,
			"RFC 5382 REQ-5: the least a NAT should keep (2 h 4 min)"},
	}
}

// BoxByName finds a middlebox; ok is false when there is none of that name.
func BoxByName(name string) (box MiddleBox, ok bool) {
	boxes := Boxes()
	i := slices.IndexFunc(boxes, func(b MiddleBox) bool { return b.Name == name })
	if i < 0 {
		return MiddleBox{}, false
	}
	return boxes[i], true
}

// String says in short what the box does: "5m50s idle (packets), then reset".
func (b MiddleBox) String() string {
	s := unit.Duration(b.Idle) + " idle (" + string(b.Counts) + ")"
	if b.Lifetime > 0 {
		s += ", " + unit.Duration(b.Lifetime) + " old"
	}
	return s + ", then " + string(b.Expiry)
}

// Fault is the box as a fault with all its settings written out; whom it
// befalls is left out.
func (b MiddleBox) Fault() Config {
	return Config{
		Name: b.Name, Kind: IdleExpiry,
		Idle: b.Idle, Expiry: b.Expiry, Counts: b.Counts, Lifetime: b.Lifetime,
	}
}
