/* unix PATH: a server of raw messages at a Unix socket.  As tcp.c, but its name is a path. */
#include <err.h>
#include <stdlib.h>

#include "address.h"
#include "several.h"

int main(int count, char **words)
{
	int listener;

	if (count != 2)
		errx(EXIT_FAILURE, "where? unix PATH");
	listener = bind_path(words[1]);
	remove_at_end(words[1]);
	serve(listener, meet_socket);
}
