// Cap'n Proto: its two-party RPC for C++, by the interface that it calls easy.
#include <iostream>
#include <memory>

#include <capnp/ez-rpc.h>
#include <kj/exception.h>

#include "service.capnp.h"

#include "bench/others/way.h"
extern "C" {
#include "server/service/calc.h"
#include "server/service/fileinfo.h"
}

namespace
{

constexpr uint32_t page_bytes = 256u << 10;

void set_time(const fileinfo_time &from, Time::Builder to)
{
	to.setSeconds(from.seconds);
	to.setNanoseconds(from.nanoseconds);
}

void set_attributes(const fileinfo_attributes &from, Attributes::Builder to)
{
	to.setType(from.type);
	to.setMode(from.mode);
	to.setLinks(from.links);
	to.setUid(from.uid);
	to.setGid(from.gid);
	to.setSize(from.size);
	to.setAllocated(from.allocated);
	to.setDevice(from.device);
	to.setInode(from.inode);
	set_time(from.accessed, to.initAccessed());
	set_time(from.modified, to.initModified());
	set_time(from.changed, to.initChanged());
}

void set_entry(const fileinfo_entry &from, Entry::Builder to)
{
	to.setName(kj::arrayPtr(reinterpret_cast<const kj::byte *>(from.name), strlen(from.name)));
	to.setCookie(from.cookie);
	to.setStatus(from.stat.status);
	if (from.stat.status == FILEINFO_OK)
		set_attributes(from.stat.fileinfo_stat_result_u.attributes, to.initAttributes());
}

class Server final : public Sidecall::Server
{
      public:
	explicit Server(const struct root *root) : root(root)
	{
	}

	kj::Promise<void> divide(DivideContext context) override
	{
		auto operands = context.getParams();
		auto result = context.getResults();
		calc_operands of_ours = { operands.getDividend(), operands.getDivisor() };
		calc_result ours;

		calc_divide(&of_ours, &ours);
		result.setStatus(ours.status);
		if (ours.status == CALC_OK)
			result.setValue(ours.calc_result_u.value);
		return kj::READY_NOW;
	}

	kj::Promise<void> list(ListContext context) override
	{
		auto arguments = context.getParams();
		auto page = context.getResults();
		std::string directory = arguments.getDirectory();
		fileinfo_list_args of_ours = { directory.data(), arguments.getCookie(),
					       arguments.getMaxBytes() };
		fileinfo_list_result ours;

		root_list(root, &of_ours, &ours);
		page.setStatus(ours.status);
		if (ours.status == FILEINFO_OK) {
			const fileinfo_page &from = ours.fileinfo_list_result_u.page;
			auto entries = page.initEntries(from.entries.entries_len);

			for (u_int i = 0; i < from.entries.entries_len; i++)
				set_entry(from.entries.entries_val[i], entries[i]);
			page.setEnd(from.end);
		}
		fileinfo_list_release(&ours);
		return kj::READY_NOW;
	}

      private:
	const struct root *root;
};

int serve(const char *directory)
{
	struct root root;

	if (root_open(&root, directory) < 0)
		return 1;
	capnp::EzRpcServer server(kj::heap<Server>(&root), "127.0.0.1", 0);
	auto &wait = server.getWaitScope();
	std::cout << "127.0.0.1:" << server.getPort().wait(wait) << std::endl;
	kj::NEVER_DONE.wait(wait);
	return 0;
}

std::unique_ptr<capnp::EzRpcClient> client;

bool open_client(const char *address)
{
	client = std::make_unique<capnp::EzRpcClient>(address);
	return true;
}

bool divide(int64_t dividend, int64_t divisor, int64_t *quotient)
{
	auto request = client->getMain<Sidecall>().divideRequest();

	request.setDividend(dividend);
	request.setDivisor(divisor);
	auto result = request.send().wait(client->getWaitScope());
	*quotient = result.getValue();
	return result.getStatus() == CALC_OK;
}

bool list(uint64_t *sum)
{
	auto request = client->getMain<Sidecall>().listRequest();

	request.setDirectory(".");
	request.setMaxBytes(page_bytes);
	auto page = request.send().wait(client->getWaitScope());
	*sum = 0;
	for (auto entry : page.getEntries())
		*sum += entry.getName().size() + entry.getAttributes().getSize();
	return page.getStatus() == FILEINFO_OK && page.getEnd();
}

} // namespace

const struct way way = { serve, open_client, divide, list };
