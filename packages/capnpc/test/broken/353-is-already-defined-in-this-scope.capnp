@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @0 :Int8; g :group { a @1 :Int8; b @2 :Int8; } union { g @3 :Void; h :group { b @4 :Void; h @5 :Void; } } }

struct After {
  first @0 :Text;
}
