// Command duban (督办) carries a district's promises to their end: 一抓到底、见到实效.
package main

import "duban/internal/app"

func main() { app.Main() }
