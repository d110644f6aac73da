-- A Wireshark postdissector: each byte of Sidecall's calls and replies, in both protocols, as
-- `sidecall --trace` explains them.
--
--   tshark -X lua_script:docs/sidecall.lua -r FILE -V
--   cp docs/sidecall.lua ~/.local/lib/wireshark/plugins/     or for good
--
-- rpc is recognised by its program, on any port; raw by its port, 7117 unless the preference
-- sidecall.ports says otherwise.  Every field can be filtered for, by the contract's names:
--   sidecall.procedure == "CALC_DIVIDE" and sidecall.calc_result.status != 0

if sidecall_is_loaded then return end -- from both places
sidecall_is_loaded = true

local sidecall = Proto("sidecall", "Sidecall")
sidecall.prefs.ports = Pref.string("Ports of raw messages", "7117", "As in 7117,8000-8010")

-- ---- the contract's types: see idl/ ----

local hyper, unsigned_hyper = { kind = "hyper" }, { kind = "unsigned_hyper" }
local unsigned, double, bool = { kind = "unsigned" }, { kind = "double" }, { kind = "bool" }
local seconds, mode = { kind = "hyper" }, { kind = "unsigned", octal = true }
local nothing = { kind = "void" }

local function text(bound, name) return { kind = "string", bound = bound, name = name } end
local function array(bound, item, name)
	return { kind = "array", bound = bound, item = item, name = name }
end
local function enum(raw_size, names) return { kind = "enum", raw_size = raw_size, names = names } end
local function struct(name, members) return { kind = "struct", name = name, members = members } end
-- A union's arms: the status's value, the member's name, its type.
local function union(name, status, arms)
	return { kind = "union", name = name, status = status, arms = arms }
end

local calc_status = enum(2, { [0] = "CALC_OK", "CALC_DIVIDE_BY_ZERO", "CALC_OVERFLOW",
	"CALC_SYNTAX", "CALC_DOMAIN", "CALC_FULL" })
local calc_operands = struct("calc_operands", { { "a", hyper }, { "b", hyper } })
local calc_result = union("calc_result", calc_status, { { 0, "value", hyper } })
local calc_evaluation = union("calc_evaluation", calc_status,
	{ { 0, "value", double }, { 3, "position", unsigned } })
local calc_summary = struct("calc_summary", { { "count", unsigned }, { "sum", hyper },
	{ "minimum", hyper }, { "maximum", hyper }, { "mean", double }, { "deviation", double } })
local calc_summary_result = union("calc_summary_result", calc_status,
	{ { 0, "summary", calc_summary } })
local calc_accumulation = struct("calc_accumulation", { { "name", text(32) }, { "amount", hyper } })

local fileinfo_status = enum(2, { [0] = "FILEINFO_OK", [1] = "FILEINFO_PERM",
	[2] = "FILEINFO_NOENT", [5] = "FILEINFO_IO", [13] = "FILEINFO_ACCES",
	[20] = "FILEINFO_NOTDIR", [21] = "FILEINFO_ISDIR", [22] = "FILEINFO_INVAL",
	[63] = "FILEINFO_NAMETOOLONG", [10003] = "FILEINFO_BAD_COOKIE",
	[10005] = "FILEINFO_TOOSMALL", [10006] = "FILEINFO_SERVERFAULT",
	[20000] = "FILEINFO_LOOP", [20001] = "FILEINFO_OUTSIDE" })
local fileinfo_type = enum(1, { "FILEINFO_REGULAR", "FILEINFO_DIRECTORY", "FILEINFO_BLOCK",
	"FILEINFO_CHARACTER", "FILEINFO_SYMLINK", "FILEINFO_SOCKET", "FILEINFO_FIFO" })
local fileinfo_path = text(4095, "fileinfo_path")
local fileinfo_time = struct("fileinfo_time", { { "seconds", seconds }, { "nanoseconds", unsigned } })
local fileinfo_attributes = struct("fileinfo_attributes", { { "type", fileinfo_type },
	{ "mode", mode }, { "links", unsigned }, { "uid", unsigned }, { "gid", unsigned },
	{ "size", unsigned_hyper }, { "allocated", unsigned_hyper }, { "device", unsigned_hyper },
	{ "inode", unsigned_hyper }, { "accessed", fileinfo_time }, { "modified", fileinfo_time },
	{ "changed", fileinfo_time } })
local fileinfo_stat_result = union("fileinfo_stat_result", fileinfo_status,
	{ { 0, "attributes", fileinfo_attributes } })
local fileinfo_list_args = struct("fileinfo_list_args", { { "directory", text(4095) },
	{ "cookie", unsigned_hyper }, { "max_bytes", unsigned } })
local fileinfo_entry = struct("fileinfo_entry", { { "name", text(255) },
	{ "cookie", unsigned_hyper }, { "stat", fileinfo_stat_result } })
local fileinfo_page = struct("fileinfo_page", { { "entries", array(4096, fileinfo_entry) },
	{ "end", bool } })
local fileinfo_list_result = union("fileinfo_list_result", fileinfo_status,
	{ { 0, "page", fileinfo_page } })
local fileinfo_link_result = union("fileinfo_link_result", fileinfo_status,
	{ { 0, "target", text(4095) } })
local fileinfo_digest = struct("fileinfo_digest", { { "size", unsigned_hyper },
	{ "sha256", { kind = "opaque", bound = 32 } } })
local fileinfo_digest_result = union("fileinfo_digest_result", fileinfo_status,
	{ { 0, "digest", fileinfo_digest } })
local fileinfo_space = struct("fileinfo_space", { { "bytes_total", unsigned_hyper },
	{ "bytes_free", unsigned_hyper }, { "bytes_available", unsigned_hyper },
	{ "files_total", unsigned_hyper }, { "files_free", unsigned_hyper } })
local fileinfo_space_result = union("fileinfo_space_result", fileinfo_status,
	{ { 0, "space", fileinfo_space } })

-- The body of an AUTH_SYS credential (RFC 5531, appendix A).
local authsys = struct("authsys_parms", { { "stamp", unsigned }, { "machinename", text(255) },
	{ "uid", unsigned }, { "gid", unsigned }, { "gids", array(16, unsigned) } })

local calc_1 = {
	[0] = { "NULL", nothing, nothing, raw = 0 },
	{ "CALC_ADD", calc_operands, calc_result, raw = 1 },
	{ "CALC_SUBTRACT", calc_operands, calc_result, raw = 2 },
	{ "CALC_MULTIPLY", calc_operands, calc_result, raw = 3 },
	{ "CALC_DIVIDE", calc_operands, calc_result, raw = 4 },
}
local calc_2 = {
	[0] = calc_1[0], calc_1[1], calc_1[2], calc_1[3], calc_1[4],
	{ "CALC_EVALUATE", text(1024, "calc_expression"), calc_evaluation, raw = 5 },
	{ "CALC_SUMMARIZE", array(4096, hyper, "calc_values"), calc_summary_result, raw = 6 },
	{ "CALC_ACCUMULATE", calc_accumulation, calc_result, raw = 7 },
}
local fileinfo_1 = {
	[0] = { "NULL", nothing, nothing },
	{ "FILEINFO_STAT", fileinfo_path, fileinfo_stat_result, raw = 101 },
	{ "FILEINFO_LIST", fileinfo_list_args, fileinfo_list_result, raw = 102 },
	{ "FILEINFO_READLINK", fileinfo_path, fileinfo_link_result, raw = 103 },
	{ "FILEINFO_DIGEST", fileinfo_path, fileinfo_digest_result, raw = 104 },
	{ "FILEINFO_SPACE", fileinfo_path, fileinfo_space_result, raw = 105 },
}
local programs = {
	[0x2ca1c000] = { name = "CALC_PROG", versions = { calc_1, calc_2 } },
	[0x2f11e000] = { name = "FILEINFO_PROG", versions = { fileinfo_1 } },
}
local operations = {}
for _, version in ipairs({ calc_2, fileinfo_1 }) do
	for _, procedure in pairs(version) do
		if procedure.raw then operations[procedure.raw] = procedure end
	end
end

-- ---- fields: one for each member of each type, and for each part of a header ----

local fields = {}
local constructors = {
	hyper = ProtoField.int64, unsigned_hyper = ProtoField.uint64, unsigned = ProtoField.uint32,
	double = ProtoField.double, string = ProtoField.string, opaque = ProtoField.bytes,
	bool = ProtoField.uint32, enum = ProtoField.uint32,
}

local function field(key, kind, names)
	if not fields[key] then
		local make, abbreviation = constructors[kind], "sidecall." .. key:gsub("[ -]", "_")
		if kind == "enum" then
			fields[key] = make(abbreviation, key, base.DEC, names)
		else
			fields[key] = make(abbreviation, key)
		end
	end
	return fields[key]
end

local function declare(type, key)
	if type.kind == "struct" then
		for _, member in ipairs(type.members) do declare(member[2], type.name .. "." .. member[1]) end
	elseif type.kind == "union" then
		field(type.name .. ".status", "enum", type.status.names)
		for _, arm in ipairs(type.arms) do declare(arm[3], type.name .. "." .. arm[2]) end
	elseif type.kind == "array" then
		declare(type.item, type.name or key)
	elseif type.kind ~= "void" then
		type.key = nil
		field(type.name or key, type.kind, type.names)
	end
end

for _, version in ipairs({ calc_2, fileinfo_1 }) do
	for _, procedure in pairs(version) do
		declare(procedure[2])
		declare(procedure[3])
	end
end
declare(authsys)

local message_types = { [0] = "call", "reply" }
local reply_statuses = { [0] = "accepted", "denied" }
local accept_statuses = { [0] = "SUCCESS", "PROG_UNAVAIL", "PROG_MISMATCH", "PROC_UNAVAIL",
	"GARBAGE_ARGS", "SYSTEM_ERR" }
local reject_statuses = { [0] = "RPC_MISMATCH", "AUTH_ERROR" }
local flavors = { [0] = "AUTH_NONE", "AUTH_SYS", "AUTH_SHORT", "AUTH_DH", [6] = "RPCSEC_GSS" }
local auth_statuses = { [0] = "AUTH_OK", "AUTH_BADCRED", "AUTH_REJECTEDCRED", "AUTH_BADVERF",
	"AUTH_REJECTEDVERF", "AUTH_TOOWEAK", "AUTH_INVALIDRESP", "AUTH_FAILED",
	[13] = "RPCSEC_GSS_CREDPROBLEM", [14] = "RPCSEC_GSS_CTXPROBLEM" }
local raw_statuses = { [0] = "OK", "BAD_VERSION", "BAD_OPERATION", "BAD_REQUEST", "TOO_LARGE",
	"SERVER_ERROR", "BUSY", "DENIED" }

for _, name in ipairs({ "record mark", "length", "xid", "id", "message type", "RPC version",
	"program", "version", "procedure number", "operation", "credential flavor",
	"credential length", "verifier flavor", "verifier length", "reply status", "accept status",
	"reject status", "authentication status", "lowest version", "highest version",
	"status of the call", "length of", "count of" }) do
	field(name, "unsigned")
end
field("procedure", "string")
field("protocol", "string")
for _, name in ipairs({ "credential body", "verifier body", "padding", "not understood" }) do
	field(name, "opaque")
end
for _, f in pairs(fields) do table.insert(sidecall.fields, f) end

-- ---- the walk along a message ----

-- A cursor: where in which bytes, in which encoding, and under which tree item.
local function cursor(range, xdr, tree)
	return { range = range, at = 0, size = range:len(), xdr = xdr, tree = tree, lost = false }
end

local function left(c) return c.size - c.at end

-- Adds the next bytes under a name, with the same words as --trace has.
local function pass(c, length, key, name, value)
	local words = value and value ~= "" and (name .. ": " .. value) or name
	if length > 0 then
		c.tree:add(fields[key], c.range:range(c.at, length)):set_text(words)
	end
	c.at = c.at + length
end

local function lose(c, why)
	if c.lost then return end
	pass(c, left(c), "not understood", "not understood", why)
	c.lost = true
end

local function there(c, length, name)
	if c.lost then return false end
	if length > left(c) then
		lose(c, string.format("%s takes %d bytes, and %d are left", name, length, left(c)))
	end
	return not c.lost
end

local function number(c, size, key, name, names)
	if not there(c, size, name) then return nil end
	local value = c.range:range(c.at, size):uint()
	local words = string.format("%.0f", value)
	if names then words = words .. " " .. (names[value] or "(unknown)") end
	pass(c, size, key, name, words)
	return value
end

local function padding(c, length)
	local size = c.xdr and (-length) % 4 or 0
	if size > 0 and there(c, size, "padding") then pass(c, size, "padding", "padding") end
end

-- The length or count in front of something; nil when it is beyond its bound, or what is left.
local function counted(c, what, size, bound, name)
	local value = number(c, size, what, what .. " " .. name)
	if not value then return nil end
	if value > bound or value > left(c) then
		lose(c, string.format("%s %s is beyond its bound, or what is left", what, name))
		return nil
	end
	return value
end

local function quote(bytes)
	local words = {}
	for i = 0, bytes:len() - 1 do
		local b = bytes:get_index(i)
		if b == 10 then words[#words + 1] = "\\n"
		elseif b == 9 then words[#words + 1] = "\\t"
		elseif b == 34 or b == 92 then words[#words + 1] = "\\" .. string.char(b)
		elseif b < 32 or b > 126 then words[#words + 1] = string.format("\\%03o", b)
		else words[#words + 1] = string.char(b) end
	end
	return '"' .. table.concat(words) .. '"'
end

local function shortest(value)
	for figures = 15, 17 do
		local words = string.format("%." .. figures .. "g", value)
		if tonumber(words) == value or figures == 17 then return words end
	end
end

local walk -- of a type

local walkers = {
	void = function() end,
	unsigned = function(c, type, key, name)
		if not there(c, 4, name) then return end
		local value = c.range:range(c.at, 4):uint()
		pass(c, 4, key, name, string.format(type.octal and "%04o" or "%.0f", value))
	end,
	hyper = function(c, type, key, name)
		if not there(c, 8, name) then return end
		local value = tostring(c.range:range(c.at, 8):int64())
		if type == seconds then
			local ok, date = pcall(os.date, "!%Y-%m-%d %H:%M:%S UTC", tonumber(value))
			if ok then value = value .. " (" .. date .. ")" end
		end
		pass(c, 8, key, name, value)
	end,
	unsigned_hyper = function(c, _, key, name)
		if not there(c, 8, name) then return end
		pass(c, 8, key, name, tostring(c.range:range(c.at, 8):uint64()))
	end,
	double = function(c, _, key, name)
		if not there(c, 8, name) then return end
		pass(c, 8, key, name, shortest(c.range:range(c.at, 8):float()))
	end,
	bool = function(c, _, key, name)
		number(c, c.xdr and 4 or 1, key, name, { [0] = "FALSE", "TRUE" })
	end,
	enum = function(c, type, key, name)
		return number(c, c.xdr and 4 or type.raw_size, key, name, type.names)
	end,
	string = function(c, type, key, name)
		local length = counted(c, "length of", c.xdr and 4 or 2, type.bound, name)
		if not length then return end
		if length > 0 then
			pass(c, length, key, name, quote(c.range:range(c.at, length):bytes()))
		end
		padding(c, length)
	end,
	opaque = function(c, type, key, name)
		if not there(c, type.bound, name) then return end
		local bytes = c.range:range(c.at, type.bound):bytes()
		pass(c, type.bound, key, name, tostring(bytes):lower())
		padding(c, type.bound)
	end,
	array = function(c, type, key, name)
		local count = counted(c, "count of", 4, type.bound, name)
		for i = 0, (count or 0) - 1 do
			if c.lost then return end
			walk(c, type.item, key, name .. "[" .. i .. "]")
		end
	end,
	struct = function(c, type, _, name)
		for _, member in ipairs(type.members) do
			if c.lost then return end
			walk(c, member[2], type.name .. "." .. member[1],
				(name == "" and "" or name .. ".") .. member[1])
		end
	end,
}
walkers.union = function(c, type, _, name)
	local prefix = name == "" and "" or name .. "."
	local status = walkers.enum(c, type.status, type.name .. ".status", prefix .. "status")
	for _, arm in ipairs(type.arms) do
		if status == arm[1] then
			walk(c, arm[3], type.name .. "." .. arm[2], prefix .. arm[2])
		end
	end
end

walk = function(c, type, key, name) return walkers[type.kind](c, type, key, name) end

-- Arguments or a result; what a procedure takes or returns without a struct goes by its type's name.
local function payload(c, procedure, index, what)
	if c.lost then return end
	if not procedure then
		if left(c) > 0 then lose(c, what) end
		return
	end
	local type = procedure[index]
	local plain = type.kind == "struct" or type.kind == "union" or not type.name
	walk(c, type, type.name, plain and "" or type.name)
	if left(c) > 0 then lose(c, left(c) .. " bytes left over") end
end

-- ---- rpc (RFC 5531) ----

local function auth(c, name)
	local flavor = number(c, 4, name .. " flavor", name .. " flavor", flavors)
	local length = flavor and number(c, 4, name .. " length", name .. " length")
	if not length then return end
	if length > 400 or length > left(c) then
		return lose(c, name .. " length is beyond its bound, or what is left")
	end
	if length == 0 then return end
	local body = cursor(c.range:range(c.at, length), true, c.tree)
	if flavor == 1 then
		walk(body, authsys, nil, name)
	else
		pass(body, length, name .. " body", name .. " body",
			tostring(body.range:bytes()):lower())
	end
	if left(body) > 0 then lose(body, left(body) .. " bytes left over") end
	c.at = c.at + length
	padding(c, length)
end

local function versions(c)
	number(c, 4, "lowest version", "lowest version")
	number(c, 4, "highest version", "highest version")
end

-- The procedure that four numbers name, from `at` on: program, version, procedure.
local function find_procedure(range, at)
	local program = programs[range:range(at, 4):uint()]
	local version = program and program.versions[range:range(at + 4, 4):uint()]
	return version and version[range:range(at + 8, 4):uint()], program
end

local function rpc_call(c)
	if number(c, 4, "RPC version", "RPC version") ~= 2 then
		return lose(c, "RFC 5531 defines version 2 only")
	end
	if not there(c, 12, "what is called") then return end
	local procedure, program = find_procedure(c.range, c.at)
	pass(c, 4, "program", "program", string.format("0x%x %s", c.range:range(c.at, 4):uint(),
		program and program.name or "(not in the contract)"))
	number(c, 4, "version", "version")
	pass(c, 4, "procedure number", "procedure", string.format("%.0f %s",
		c.range:range(c.at, 4):uint(), procedure and procedure[1] or "(not in the contract)"))
	auth(c, "credential")
	auth(c, "verifier")
	payload(c, procedure, 2, "arguments of a procedure that the contract does not have")
end

local function rpc_reply(c, procedure)
	local status = number(c, 4, "reply status", "reply status", reply_statuses)
	if status == 0 then
		auth(c, "verifier")
		status = number(c, 4, "accept status", "accept status", accept_statuses)
		if status == 2 then versions(c) end
		if status == 0 then payload(c, procedure, 3, "a result; its call was not seen") end
	elseif status == 1 then
		status = number(c, 4, "reject status", "reject status", reject_statuses)
		if status == 0 then versions(c) end
		if status == 1 then
			number(c, 4, "authentication status", "authentication status", auth_statuses)
		end
	end
end

local function explain_rpc(range, tree, procedure)
	local c = cursor(range, true, tree)
	if there(c, 8, "xid and message type") then
		pass(c, 4, "xid", "xid", string.format("0x%08x", range:range(0, 4):uint()))
		local type = number(c, 4, "message type", "message type", message_types)
		if type == 0 then rpc_call(c) elseif type == 1 then rpc_reply(c, procedure) end
	end
	if left(c) > 0 then lose(c, left(c) .. " bytes left over") end
end

-- ---- raw (docs/protocol.md) ----

local raw_reply = 0x8000 -- in a reply's operation, which stands where a call has its version

local function explain_raw(range, tree)
	local c = cursor(range, false, tree)
	local procedure, status
	if not there(c, 8, "the header") then return end
	local is_call = range:range(4, 2):uint() < raw_reply
	pass(c, 4, "id", "id", string.format("0x%08x", range:range(0, 4):uint()))
	if is_call then number(c, 2, "version", "version") end
	local operation = range:range(c.at, 2):uint() - (is_call and 0 or raw_reply)
	procedure = operations[operation]
	pass(c, 2, "operation", "operation", (is_call and "" or "reply to ") ..
		operation .. " " .. (procedure and procedure[1] or "(not in the contract)"))
	if is_call then
		payload(c, procedure, 2, "arguments of a procedure that the contract does not have")
	else
		status = number(c, 2, "status of the call", "status of the call", raw_statuses)
		if status == 0 then
			payload(c, procedure, 3, "the result of a procedure that the contract does not have")
		end
	end
	if left(c) > 0 then lose(c, left(c) .. " bytes left over") end
end

-- ---- which bytes are messages, found once, in the order of the packets ----

local get = {}
for _, name in ipairs({ "tcp.payload", "udp.payload", "tcp.stream", "udp.stream", "tcp.srcport",
	"tcp.dstport", "udp.srcport", "udp.dstport", "tcp.seq" }) do
	get[name] = Field.new(name)
end

local streams -- [stream and direction] = bytes not yet cut, protocol, next sequence number
local calls   -- [stream and xid] = the procedure that was called
local found   -- [packet number] = its messages

function sidecall.init()
	streams, calls, found = {}, {}, {}
end

local function is_raw_port(port)
	for low, high in sidecall.prefs.ports:gmatch("(%d+)%-?(%d*)") do
		if port >= tonumber(low) and port <= (tonumber(high) or tonumber(low)) then return true end
	end
	return false
end

local function u32(bytes, at)
	return ((bytes:get_index(at) * 256 + bytes:get_index(at + 1)) * 256 +
		bytes:get_index(at + 2)) * 256 + bytes:get_index(at + 3)
end

local function u16(bytes, at) return bytes:get_index(at) * 256 + bytes:get_index(at + 1) end

-- What an rpc message is: a call of one of our programs, or the reply to such; else nil.
local function recognise_rpc(bytes, conversation)
	if bytes:len() < 12 then return nil end
	local key = conversation .. " " .. u32(bytes, 0)
	if u32(bytes, 4) == 1 then
		return calls[key] and { rpc = true, call = false, procedure = calls[key] } or nil
	end
	if u32(bytes, 4) ~= 0 or bytes:len() < 24 or u32(bytes, 8) ~= 2 then return nil end
	local program = programs[u32(bytes, 12)]
	if not program then return nil end
	local version = program.versions[u32(bytes, 16)]
	local procedure = version and version[u32(bytes, 20)]
	calls[key] = procedure or {}
	return { rpc = true, call = true, procedure = procedure }
end

local function recognise_raw(bytes)
	if bytes:len() < 8 then return nil end
	local is_call = u16(bytes, 4) < raw_reply
	local operation = is_call and u16(bytes, 6) or u16(bytes, 4) - raw_reply
	return { rpc = false, call = is_call, procedure = operations[operation] }
end

local function recognise(bytes, rpc, conversation)
	local message
	if rpc then message = recognise_rpc(bytes, conversation)
	else message = recognise_raw(bytes) end
	if message and message.procedure and not message.procedure[1] then message.procedure = nil end
	return message
end

-- The record or message at the front: its bytes, how many it took with marks, its marks' places.
local function cut(bytes, at, rpc)
	local message, marks, start = ByteArray.new(), {}, at
	while bytes:len() - at >= 4 do
		local mark = u32(bytes, at)
		local last = not rpc or mark >= 0x80000000
		local size = rpc and mark % 0x80000000 or mark
		if size > 0x1000000 then return nil, 0 end
		if bytes:len() - at - 4 < size then return nil end
		marks[#marks + 1] = at - start
		if size > 0 then message:append(bytes:subset(at + 4, size)) end
		at = at + 4 + size
		if last then return message, at - start, marks end
	end
	return nil
end

local function take_segment(packet, bytes, stream, conversation)
	local before = stream.bytes:len()
	local at = 0
	stream.bytes:append(bytes)
	while true do
		local message, took, marks = cut(stream.bytes, at, stream.rpc)
		local what = message and recognise(message, stream.rpc, conversation)
		if took == 0 or (message and not what) then
			stream.foreign = true -- somebody else's
			break
		end
		if not message then break end
		what.at, what.took, what.marks, what.framed = at - before, took, marks, true
		if what.at < 0 or #marks > 1 then
			what.bytes, what.whole = message, stream.bytes:subset(at, took)
		end
		table.insert(packet, what)
		at = at + took
	end
	local rest = stream.bytes:len() - at
	stream.bytes = rest > 0 and stream.bytes:subset(at, rest) or ByteArray.new()
end

local function find_in_tcp(packet, bytes)
	local from, to = get["tcp.srcport"]().value, get["tcp.dstport"]().value
	local conversation = "tcp " .. get["tcp.stream"]().value
	local sequence = get["tcp.seq"]().value
	local raw = is_raw_port(from) or is_raw_port(to)
	local key = conversation .. " " .. from
	-- rpc may have that port as well.
	if raw and bytes:len() >= 12 and not streams[key] then
		raw = not (u32(bytes, 0) >= 0x80000000)
	end
	local stream = streams[key] or { bytes = ByteArray.new(), next = sequence, rpc = not raw }
	streams[key] = stream
	if sequence > stream.next then -- a packet is missing, or comes later
		stream.bytes, stream.foreign = ByteArray.new(), false
	elseif sequence < stream.next then
		return -- sent again
	end
	stream.next = sequence + bytes:len()
	if not stream.foreign then
		take_segment(packet, bytes, stream, conversation)
	end
end

local function find_in_udp(packet, bytes)
	local from, to = get["udp.srcport"]().value, get["udp.dstport"]().value
	local conversation = "udp " .. get["udp.stream"]().value
	local what = recognise(bytes, true, conversation)
	if not what and (is_raw_port(from) or is_raw_port(to)) then
		what = recognise(bytes, false, conversation)
	end
	if not what then return end
	what.at, what.took, what.marks = 0, bytes:len(), {}
	table.insert(packet, what)
end

-- ---- what is shown ----

local function title(message)
	return (message.rpc and "rpc " or "raw ") .. (message.call and "call" or "reply") ..
		(message.procedure and " " .. message.procedure[1] or "")
end

local function show_mark(message, range, tree)
	local c = cursor(range, true, tree)
	local mark = range:uint()
	local size = message.rpc and mark % 0x80000000 or mark
	if message.rpc then
		pass(c, 4, "record mark", "record mark", string.format("%s, %.0f bytes",
			mark >= 0x80000000 and "last fragment" or "more to come", size))
	else
		pass(c, 4, "length", "length", string.format("%.0f bytes", size))
	end
end

local function show(message, bytes, tree)
	-- What came in several packets or fragments is shown in a pane of its own.
	local whole = message.whole and message.whole:tvb("Whole message")() or
		bytes:range(message.at, message.took)
	local item = tree:add(sidecall, whole)
	item:set_text("Sidecall, " .. title(message))
	item:add(fields["protocol"], message.rpc and "rpc" or "raw"):set_generated()
	if message.procedure then
		item:add(fields["procedure"], message.procedure[1]):set_generated()
	end
	for _, at in ipairs(message.marks) do show_mark(message, whole:range(at, 4), item) end
	local head = message.framed and 4 or 0
	local body = #message.marks > 1 and message.bytes:tvb("Record without marks")() or
		whole:range(head, message.took - head)
	if message.rpc then
		explain_rpc(body, item, message.procedure)
	else
		explain_raw(body, item)
	end
end

function sidecall.dissector(_, pinfo, tree)
	local tcp, udp = get["tcp.payload"](), get["udp.payload"]()
	local bytes = tcp or udp
	if not bytes or bytes.len == 0 then return end
	if not pinfo.visited or not found[pinfo.number] then
		found[pinfo.number] = {}
		local find = tcp and find_in_tcp or find_in_udp
		find(found[pinfo.number], bytes.range:bytes())
	end
	for i, message in ipairs(found[pinfo.number]) do
		if i == 1 then
			pinfo.cols.protocol = "Sidecall"
			pinfo.cols.info:clear_fence() -- another dissector may have claimed it
			pinfo.cols.info = title(message)
		else
			pinfo.cols.info:append(", " .. title(message))
		end
		show(message, bytes.range, tree)
	end
end

register_postdissector(sidecall)
