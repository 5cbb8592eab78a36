// Package oracle holds the silence that imbench makes, as an ordinary user and
// from one end, against the same made by those who can really drop packets: a
// packet filter between client and server, and a NAT that has forgotten the
// connection.
//
//	client ──► router: masquerade, conntrack, nft ──► server
//	  ▲           ▲                                      ▲
//	  imbench     nft drop of the connection,            TCP_INFO; who is online,
//	  silences    or its NAT entry is gone               what arrives and what is lost
//
// Each of the three stands in a network namespace of its own, and each way of
// going dark has three. They have no names and hold no files: whatever becomes
// of the test, the kernel takes them away with its process.
//
// All of it is done over IPv4 and IPv6. Ghosts, whose sockets imbench can see only
// on its own host, have one namespace for all three.
//
// Namespaces take root. Without it the tests are skipped and say so; what else
// they need, scripts/setup-interop.sh installs.
package oracle_test
