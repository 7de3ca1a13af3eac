% The files of this folder but for recording_v73.mat, as Octave writes them:
%   octave-cli make.m
% In each is the same: arrays, tables, texts, and what is none of these.
spikes = reshape(0:23, [4 3 2]) + 0.25;
counts = int16(reshape(1:12, [4 3]));
good = [true; false; true];
one = spikes(:, :, 1);
rates = [1.5; 2.5; 3.5; 4.5];
animal = 'Chabo';
regions = {'V4'; 'IT'; 'µV'};
presentations = struct( ...
  'stimulus_id', {'n1', 'n2', 'n1', 'n2'}, ...
  'repetition', {0, 0, 1, 1}, ...
  'session', {'01', '01', '02', '02'}, ...
  'novel', {true, false, false, true}, ...
  'weight', {0.1, [], 1e-7, single(0.1)});
neuroids.neuroid_id = {'IT-1'; 'IT-2'; 'IT-3'};
neuroids.depth = [1; 2; 3];
neuroids.hemisphere = ['L '; 'R '; 'LR'];
time_bins.time_bin_start = [70; 120];
time_bins.time_bin_end = [120; 170];
data.spikes = spikes;
data.presentations = presentations;
sparse_one = sparse([1 0 0; 0 0 2]);
nested = {{'a', 'b'}, [1 2]};
ragged = struct('stimulus_id', {'n1', 'n2'}, 'times', {[0.1 0.2], 0.3});
complex_one = [1 + 2i, 3];
save('-v7', 'recording_v7.mat', 'spikes', 'counts', 'good', 'one', 'rates', 'animal', 'regions', ...
  'presentations', 'neuroids', 'time_bins', 'data', 'sparse_one', 'nested', 'ragged', 'complex_one');
save('-v6', 'recording_v6.mat', 'spikes', 'counts', 'good', 'one', 'rates', 'animal', 'regions', ...
  'presentations', 'neuroids', 'time_bins', 'data');
save('-v4', 'recording_v4.mat', 'one', 'rates', 'animal');
save('-text', 'recording_text.txt', 'rates');
