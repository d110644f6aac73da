/* udp [PORT]: a server of raw messages in datagrams.  Each is a message: there is no length. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "address.h"
#include "raw.h"

int main(int count, char **words)
{
	int here = bind_port(SOCK_DGRAM, count > 1 ? words[1] : "9000");
	uint8_t message[RAW_MOST], reply[RAW_MOST_REPLY];

	for (;;) {
		struct sockaddr_in sender;
		socklen_t size = sizeof(sender);
		ssize_t length = recvfrom(here, message, sizeof(message), 0,
					  (struct sockaddr *)&sender, &size);
		size_t answered = length < 0 ? 0 : raw_answer(message, (size_t)length, reply);

		/* It may get lost, whatever is done: then he asks again. */
		if (answered)
			(void)!sendto(here, reply, answered, 0, (struct sockaddr *)&sender, size);
	}
}
