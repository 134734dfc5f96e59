package campaignweb_test

import (
	"testing"

	"duban/internal/base/id"
)

func TestYear(t *testing.T) {
	each(t, func(t *testing.T, d *district) {
		c, items := d.year()
		path := "/campaigns/" + id.Format(c.ID)
		d.get("方衡", "/campaigns").wants(t, 200, c.Name, "6 项任务")
		d.get("方衡", path).wants(t, 200, "104 国道改造", "总进度")
		d.get("缪小舟", path).wants(t, 200, "不公开")
		d.get("方衡", "/tasks/"+id.Format(items[0].ID)).wants(t, 200, "现在卡在")
		d.get("缪小舟", "/todo").wants(t, 200, "还要办")
	})
}
