package app

import (
	"bytes"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// words are the fixed English words of the command-line library's help.
var words = strings.NewReplacer(
	"Usage:", "用法：", "Flags:", "选项：", "Commands:", "命令：", "Arguments:", "参数：",
	"Show context-sensitive help.", "显示说明。", "[flags]", "[选项]", "<command>", "<命令>",
	`Run "`, `运行 "`, `" for more information on a command.`, `" 看某个命令的说明。`,
)

func helpIn(o kong.HelpOptions, ctx *kong.Context) error {
	w := ctx.Stdout
	var b bytes.Buffer
	ctx.Stdout = &b
	err := kong.DefaultHelpPrinter(o, ctx)
	ctx.Stdout = w
	io.WriteString(w, words.Replace(b.String()))
	return err
}
