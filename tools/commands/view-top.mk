# top needs ncurses: without it the command is not there. make NCURSES=no leaves it out.
hash := \#
NCURSES ?= $(shell printf '$(hash)include <ncurses.h>\nint main(void) { return !initscr(); }\n' | \
	$(CC) -x c - -o /dev/null -lncurses 2>/dev/null && echo yes)
ifeq ($(NCURSES),yes)
linked += commands/view-top.c
libs += -lncurses
else
optional += commands/view-top.c
endif
