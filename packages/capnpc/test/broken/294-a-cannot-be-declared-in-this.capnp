@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { u :union { struct B {} a @0 :Void; b @1 :Void; const c :Int8 = 1; } }

struct After {
  first @0 :Text;
}
