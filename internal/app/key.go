package app

import (
	"context"
	"fmt"

	"duban/internal/spine/ledger"
)

// keyCmd is about the installation's signing key (签名钥), at the machine.
type keyCmd struct {
	Show   keyShowCmd   `cmd:"" help:"打印现在的公钥、指纹，和历次换签名钥。"`
	Change keyChangeCmd `cmd:"" help:"换签名钥：旧钥、新钥一起签交接，记进每个区划的台账，旧私钥抹去，不能退回。"`
}

type keyShowCmd struct{ dbFlag }

func (k *keyShowCmd) Run(ctx context.Context, c Config, o *out) error {
	h, err := k.look(ctx, c, o)
	if err != nil {
		return err
	}
	defer h.Close()
	list, key, err := h.Ledger.Handovers(ctx)
	if err != nil {
		return undisturbed(h, err)
	}
	if err := undisturbed(h, nil); err != nil {
		return err
	}
	if key == "" {
		fmt.Fprintln(o.stdout, "还没有签名密钥。第一次签封时自己生成。")
		return nil
	}
	fmt.Fprintf(o.stdout, "%s%s\n公钥指纹：%s\n", keyLine, key, ledger.Fingerprint(key))
	for _, x := range list {
		fmt.Fprintln(o.stdout, x)
	}
	return nil
}

type keyChangeCmd struct {
	dbFlag
	Reason     string `placeholder:"原因" help:"为什么换，一行，记进台账；不写就是“例行更换”。旧钥不签时必须写。"`
	WithoutOld bool   `help:"旧钥丢了或泄露了：只由新钥签。核验会一直写明“旧钥未签”，新公钥要当面重新交给保管单位。"`
	OldKey     string `placeholder:"公钥" help:"库里连旧公钥也丢了时，写外面保存的那一行。"`
}

// Run changes the key and says what must be done outside the program: the new public key is worth nothing that nobody keeps.
func (k *keyChangeCmd) Run(ctx context.Context, c Config, o *out) error {
	h, err := k.existing(ctx, c, o)
	if err != nil {
		return err
	}
	defer h.Close()
	done, err := h.ChangeKey(ctx, ledger.KeyChange{Reason: k.Reason, WithoutOld: k.WithoutOld, OldKey: k.OldKey})
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "%s\n新公钥：%s\n", done, done.New)
	fmt.Fprintln(o.stdout, "请马上做三件事：运行 duban checkpoint --out 文件，把新公钥和新签封交给保管单位；运行 duban backup 另做一份备份；按规定处理旧备份，旧私钥还在里面。")
	if !done.OldSigned {
		fmt.Fprintln(o.stdout, "旧钥未签：只拿着旧公钥的人认不出新公钥，新公钥要当面交、念指纹核对。")
	}
	return nil
}
