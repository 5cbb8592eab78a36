// Package credentials is what each of thousands of simulated clients proves
// itself with: one token for all, a line of a file each, a row of a table, or
// a token signed on the spot.
//
//	file, table ──Tokens, Table──► Config ──New──► Source ──For(client)──► Credential
//	                       Text, Signer ┘
//
// It reads no files and no environment: who asks brings their contents. A
// Source is immutable and safe for concurrent use. Nothing here prints a
// secret: not by String, not with %#v, and no error quotes one.
package credentials
