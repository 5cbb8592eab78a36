package wsframe_test

import (
	"fmt"

	"github.com/imbench/imbench/internal/wsframe"
)

func Example() {
	frame := wsframe.Append(nil, wsframe.Final|wsframe.Text, wsframe.Client, []byte("hi"))
	fmt.Printf("% x\n", frame)

	payload, size := wsframe.Length(frame)
	fmt.Println(payload, size, wsframe.IsMasked(frame))
	// Output:
	// 81 82 00 00 00 00 68 69
	// 2 2 true
}
