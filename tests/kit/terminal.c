/* A program with a terminal as its standard output. */
#include "tests/kit/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int open_terminal(unsigned short columns, int *slave)
{
	const struct winsize size = { .ws_row = 24, .ws_col = columns };
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios settings;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	*slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0 || ioctl(master, TIOCSWINSZ, &size) < 0)
		return -1;
	tcgetattr(*slave, &settings);
	cfmakeraw(&settings);
	tcsetattr(*slave, TCSANOW, &settings);
	return master;
}

int terminal_run(const char *const argv[], unsigned short columns, char *text, size_t size)
{
	int slave = -1, master = open_terminal(columns, &slave), status = -1;
	size_t length = 0;
	ssize_t n = 1;
	pid_t pid;

	if (master < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(slave, STDOUT_FILENO);
		execv(argv[0], (char **)argv);
		_exit(127);
	}
	close(slave);
	while (n > 0 && length < size - 1) { /* EIO when nobody has the terminal any more */
		n = read(master, text + length, size - 1 - length);
		length += n > 0 ? (size_t)n : 0;
	}
	text[length] = '\0';
	waitpid(pid, &status, 0);
	close(master);
	return status;
}
