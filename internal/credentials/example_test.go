package credentials_test

import (
	"fmt"

	"github.com/imbench/imbench/internal/credentials"
)

// Each client of a group takes a row of the table, and of it the token.
func Example() {
	columns, rows, err := credentials.Table([]byte("user,token\nada,t-17\nbob,t-18\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	source := credentials.New(credentials.Config{
		First: 100, Rows: rows, Token: credentials.Text{{Slot: credentials.Column, Column: 1}},
	})
	bob, _ := source.For(101, "c101", "")
	fmt.Println(columns[0], bob.Row[0], bob.Token)
	fmt.Println(bob) // a credential does not print itself
	// Output:
	// user bob t-18
	// ***
}
