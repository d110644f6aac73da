# What idl/calc.x and idl/fileinfo.x say of divide and list, for Cap'n Proto.
@0xb5e2f1c09d3a4c77;

struct Time { seconds @0 :Int64; nanoseconds @1 :UInt32; }
struct Attributes {
	type @0 :UInt32; mode @1 :UInt32; links @2 :UInt32; uid @3 :UInt32; gid @4 :UInt32;
	size @5 :UInt64; allocated @6 :UInt64; device @7 :UInt64; inode @8 :UInt64;
	accessed @9 :Time; modified @10 :Time; changed @11 :Time;
}
struct Entry { name @0 :Data; cookie @1 :UInt64; status @2 :UInt32; attributes @3 :Attributes; }

interface Sidecall {
	divide @0 (dividend :Int64, divisor :Int64) -> (status :UInt32, value :Int64);
	list @1 (directory :Text, cookie :UInt64, maxBytes :UInt32)
		-> (status :UInt32, entries :List(Entry), end :Bool);
}
