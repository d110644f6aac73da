/* All that the service keeps between two calls. */
#include "server/service/service.h"

int service_open(struct service *service, const char *directory)
{
	int r = root_open(&service->root, directory);

	if (r < 0)
		return r;
	registers_init(&service->registers);
	return 0;
}

void service_close(struct service *service)
{
	registers_release(&service->registers);
	root_close(&service->root);
}
