package scenario

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
)

// LoadFaults reads the faults of a file for real clients, whose proxy makes
// them happen: the `faults:` list of a scenario, the rest of which may stand
// around it and is not looked at. A fault without clients takes all of them. check
// says what else is wrong with a fault, as *faults.FieldErrors or any other
// error. Errors are *Problems, as those of Load.
func LoadFaults(src []byte, file string, check func(faults.Config) error) ([]faults.Config, error) {
	d := newDecoder(file, Options{})
	root := d.parse(src)
	if root == nil {
		return nil, d.allProblems()
	}
	s := new(Scenario)
	d.places[""] = placeOf(root)
	entries, _ := d.mapping(root, "", reflect.TypeFor[Scenario]())
	known := append(fieldsOf(reflect.TypeFor[Scenario]()).names, matrixKey)
	for _, e := range entries {
		switch {
		case e.key == "faults":
			d.decode(e.value, e.key, reflect.ValueOf(&s.Faults).Elem(), 1)
		case e.key == "time_scale":
			d.problem(placeOf(e.at), e.key, "real clients live in real time", "leave it out, and write the faults' times as they are to be")
		case !slices.Contains(known, e.key):
			d.problem(placeOf(e.at), e.key, "unknown key", didYouMean(e.key, known))
		}
	}
	d.check(len(s.Faults) > 0 || len(d.problems) > 0, "faults", "there are none", "write faults: [{kind: latency, delay: 100ms}]")
	d.nameFaults(s)
	for i := range s.Faults {
		d.completeForProxy(&s.Faults[i], index("faults", i), check)
	}
	return s.Faults, d.allProblems()
}

// LoadFault reads one fault, written as in a scenario's list:
// {kind: latency, delay: 100ms}. from is what messages call it. Otherwise it
// is as LoadFaults.
func LoadFault(text, from string, check func(faults.Config) error) (faults.Config, error) {
	d := newDecoder(from, Options{})
	root := d.parse([]byte(text))
	if root == nil {
		return faults.Config{}, d.allProblems()
	}
	var f faults.Config
	if root.Kind != yaml.MappingNode {
		d.problem(placeOf(root), "", "is not a fault", "write {kind: latency, delay: 100ms}, in quotes")
	} else {
		d.decode(root, "", reflect.ValueOf(&f).Elem(), 1)
		d.completeForProxy(&f, "", check)
	}
	return f, d.allProblems()
}

// completeForProxy fills in what a fault may leave out where there are no
// groups, and reports what is wrong with it.
func (d *decoder) completeForProxy(f *faults.Config, at string, check func(faults.Config) error) {
	if f.Clients.IsZero() && !f.Kind.OnServer() && f.Group == "" {
		f.Clients = unit.Share{Percent: 100}
	}
	d.check(f.Every == 0 || f.Every >= time.Millisecond, child(at, "every"), unit.Duration(f.Every)+" is too short", "write at least 1ms")
	err := f.Validate()
	if err == nil {
		err = check(*f)
	}
	for _, e := range fieldErrors(err) {
		problem, remedy, _ := strings.Cut(e.Problem, "; ")
		d.problemAt(child(at, e.Field), printable(problem), remedy)
	}
	*f = f.WithDefaults()
}
