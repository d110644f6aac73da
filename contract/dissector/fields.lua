-- ---- what follows is the same for every contract ----

-- A word behind the script ("-X lua_script1:messages") has it write out the messages that it finds.
local writes_messages = (...) == "messages"

if _G[protocol_name .. "_is_loaded"] then return end -- from two places
_G[protocol_name .. "_is_loaded"] = true

local made, sidecall = pcall(Proto, protocol_name, protocol_title)
if not made then
	error("Wireshark has its own " .. protocol_name .. ": give the dissector another name, by sidecall dissector --name", 0)
end
if raw_ports then
	sidecall.prefs.ports = Pref.string("Ports of raw messages", raw_ports, "As in 7117,8000-8010")
end

-- The keys of a table, always in the same order.
local function sorted(of)
	local keys = {}
	for key in pairs(of) do keys[#keys + 1] = key end
	table.sort(keys)
	return keys
end

-- Types name each other by their numbers.
for _, type in ipairs(types) do
	type.item = types[type.item]
	type.by = types[type.by]
	for _, member in ipairs(type.members or {}) do member[2] = types[member[2]] end
	for _, arm in pairs(type.arms or {}) do
		if arm then arm[2] = types[arm[2]] end
	end
	if type.otherwise then type.otherwise[2] = types[type.otherwise[2]] end
end
local authsys = types[authsys_number]

local operations = {}
for _, program in pairs(programs) do
	for _, version in pairs(program.versions) do
		for _, procedure in pairs(version) do
			procedure[2], procedure[3] = types[procedure[2]], types[procedure[3]]
			-- Of several versions the highest counts.
			local known = procedure.raw and operations[procedure.raw]
			if procedure.raw and (not known or known.version < procedure.version) then
				operations[procedure.raw] = procedure
			end
		end
	end
end

-- ---- fields ----

local constructors = {
	int = ProtoField.int32, hyper = ProtoField.int64, unsigned_hyper = ProtoField.uint64,
	unsigned = ProtoField.uint32, float = ProtoField.float, double = ProtoField.double,
	string = ProtoField.string, opaque = ProtoField.bytes, bytes = ProtoField.bytes,
	quadruple = ProtoField.bytes, bool = ProtoField.uint32, enum = ProtoField.uint32,
	optional = ProtoField.uint32, frame = ProtoField.framenum,
}

-- Wireshark knows no numbers beyond 31 bits by name.
local function known_names(names)
	local known = {}
	for value, name in pairs(names) do
		if value < 0x80000000 then known[value] = name end
	end
	return known
end

local all_fields = {}
local made = {} -- [abbreviation] = its constructor, and its fields by what their numbers are called

-- A field of one name has one type, in all that Wireshark knows; another gets "_" behind its name.
local function is_free(abbreviation, make)
	if made[abbreviation] then return made[abbreviation].make == make end
	return not pcall(Field.new, abbreviation)
end

local function field(key, kind, names, title)
	local make, abbreviation = constructors[kind], key:gsub("[^%w_.]", "_")
	while not is_free(abbreviation, make) do abbreviation = abbreviation .. "_" end
	local same = made[abbreviation] or { make = make }
	made[abbreviation] = same
	names = kind == "enum" and names or make
	if not same[names] then
		same[names] = kind == "enum" and make(abbreviation, key, base.DEC, known_names(names)) or
			make(abbreviation, title or key)
		all_fields[#all_fields + 1] = same[names]
	end
	return same[names]
end

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

-- Of headers, by name.
local fields = {}
local function header(kind, ...)
	for _, name in ipairs({ ... }) do
		fields[name] = field(protocol_name .. "." .. name, kind, nil, name)
	end
end
header("unsigned", "record mark", "length", "xid", "id", "message type", "RPC version", "program",
	"version", "procedure number", "operation", "credential flavor", "credential length",
	"verifier flavor", "verifier length", "reply status", "accept status", "reject status",
	"authentication status", "lowest version", "highest version", "status of the call", "length of",
	"count of", "bytes missing", "bytes passed over")
header("string", "procedure", "protocol")
header("frame", "call in")
header("opaque", "credential body", "verifier body", "padding", "not understood")

-- ---- places: each in a procedure's arguments or result has a field of its own ----

local most_fields = 20000 -- beyond, what is in a struct or union has the same in all procedures
local spent = 0
local by_type = {} -- the places of those

local declare

local function declare_parts(place, type, key, above)
	if type.kind == "union" then
		place[type.by_name] = declare(type.by, key .. "." .. type.by_name, above)
	end
	for _, member in ipairs(type.members or {}) do
		place[member[1]] = declare(member[2], key .. "." .. member[1], above)
	end
	for _, label in ipairs(sorted(type.arms or {})) do
		local arm = type.arms[label]
		if arm and not place[arm[1]] then
			place[arm[1]] = declare(arm[2], key .. "." .. arm[1], above)
		end
	end
	if type.otherwise then
		place[type.otherwise[1]] = declare(type.otherwise[2], key .. "." .. type.otherwise[1], above)
	end
end

-- A place of this type: its field, or those of its parts by their names, or its item.  A type that is
-- within itself has the same places again.
declare = function(type, key, above)
	local place = {}
	if type.kind == "struct" or type.kind == "union" then
		local known = above[type] or by_type[type]
		if known then return known end
		if spent > most_fields and type.name then
			by_type[type], key = place, protocol_name .. "." .. type.name
		end
		above[type] = place
		declare_parts(place, type, key, above)
		above[type] = nil
	elseif type.item then
		if type.kind == "optional" or type.kind == "list" then
			place.there = field(key .. ".there", "optional")
		end
		place.item = declare(type.item, key, above)
	elseif type.kind ~= "void" then
		place.field = field(key, type.kind, type.names)
		spent = spent + 1
	end
	return place
end

-- CALC_PROG's are of calc, and CALC_DIVIDE's of calc.divide; MOUNTPROC_EXPORT's of mount_idl.export, for
-- Wireshark has its own mount.
local function declare_procedure(program, procedure)
	local of = program.name:lower()
	of = of:match("^(..-)_*prog$") or of:match("^(..-)_*program$") or of
	local name = procedure[1]:lower()
	name = name:match("^" .. of .. "_*proc%d*_(.+)$") or name:match("^" .. of .. "%d*_(.+)$") or name
	local key = of .. (wiresharks[of] and "_idl" or "") .. "." .. name
	local arguments = procedure[2]
	local plain = arguments.kind == "struct" or arguments.kind == "union"
	procedure.places = { [2] = declare(arguments, plain and key or key .. ".argument", {}),
		[3] = declare(procedure[3], key .. ".result", {}) }
end

local authsys_place
if not writes_messages then
	authsys_place = declare(authsys, protocol_name .. ".authsys_parms", {})
	for _, number in ipairs(sorted(programs)) do
		local program = programs[number]
		for _, version in ipairs(sorted(program.versions)) do
			for _, procedure in ipairs(sorted(program.versions[version])) do
				declare_procedure(program, program.versions[version][procedure])
			end
		end
	end
end
for _, one in ipairs(all_fields) do table.insert(sidecall.fields, one) end

