/*
 * tcp_one [PORT]: a server of raw messages over TCP, one client at a time.
 *
 * The simplest that there is.  Whoever connects while another is served waits until that one
 * leaves, as long as it takes: tcp.c waits for nobody.
 */
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "stream.h"

int main(int count, char **words)
{
	int listener = bind_port("raw", SOCK_STREAM, count > 1 ? words[1] : "9000");

	/* To write to who has left is an error then, and not the end of us. */
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int client = accept(listener, NULL, NULL);

		if (client < 0)
			continue;
		serve_one(client, client);
		close(client);
	}
}
