@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const c :Text = `x`;

struct After {
  first @0 :Text;
}
