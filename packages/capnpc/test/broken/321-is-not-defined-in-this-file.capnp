@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :Bool = true; const y :Bool = .true;

struct After {
  first @0 :Text;
}
