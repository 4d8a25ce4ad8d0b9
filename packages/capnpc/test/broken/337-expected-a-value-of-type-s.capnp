@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :S = .y; const y :T = (); struct S{} struct T{}

struct After {
  first @0 :Text;
}
