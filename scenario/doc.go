// Package scenario is a run as data: what a YAML file asks for, checked and
// completed, and the plan that follows from it. It does no I/O.
//
//	YAML ──Load──► Scenario ──NewPlan──► Plan ──► sends, rooms, shards, faults, random streams
//	  └ --set, --seed   └ Marshal: the effective scenario, secrets left out
//
// Load reports every problem of a file at once, each with its place and what
// would be right. The plan comes from the scenario and its seed alone: same
// seed, same plan, however many shards carry it out.
//
// A Scenario is not changed after Load; a Plan is immutable. Both are safe for
// concurrent use.
package scenario
